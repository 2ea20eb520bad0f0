import Foundation
import Testing

/// Transactions of a file.
@Suite struct ImportCommandTests {
    private static let rows = """
        transaction_id,time,customer_id,terminal_id,amount_minor,fraud
        0,2018-04-01T00:00:31Z,596,3156,5716,0
        1,2018-04-01T00:02:10.5Z,0,3112,8151,0
        2,2018-04-01 00:07:56,2,1365,0,0

        three,2018-02-29T00:00:00Z,2,1365,14600,0
        4,2018-04-01T00:07:56Z,2,1365,14600
        5,2018-04-01T00:10:34Z,"7",1365,9287,1
        6,2018-04-01T00:10:34Z,7,1365,"92"87,1
        7,2018-04-01T00:10:34Z,7,1365,92.87,1
        """

    @Test func `rows are done once, with their times, and what is wrong is named by line and column`() throws
    {
        let served = try ServedCommand()
        let first = try served("import", "-", "--json", input: Self.rows)
        #expect(first.status == 20, "\(first.errors)")
        let report = try first.json
        #expect(report["rows"] as? Int == 8 && report["done"] as? Int == 3)
        #expect(report["refused"] as? Int == 1 && report["bad"] as? Int == 4)
        #expect(report["amounts"] as? [String: String] == ["EUR": "231.54"])
        let places = try #require(report["problems"] as? [[String: Any]]).map {
            [$0["line"] as? Int ?? 0, $0["column"] as? Int ?? 0]
        }
        #expect(places.sorted { $0[0] < $1[0] } == [[4, 5], [6, 2], [7, 6], [9, 5], [10, 5]])
        #expect(first.errors.contains("-:4:5: amount_minor: refused: amountZero (102)"))

        let again = try served("import", "-", "--json", input: Self.rows)
        #expect(try again.json["done"] as? Int == 0 && again.json["existed"] as? Int == 3)
        let events = try ServedCommand.lines(
            served("subscribe", "--until-end", "--json", "--type", "authorizationRecorded"))
        #expect(
            events.map { $0["effective"] as? String } == [
                "2018-04-01T00:00:31.000000000Z", "2018-04-01T00:02:10.500000000Z",
                "2018-04-01T00:10:34.000000000Z",
            ])
        #expect(events.compactMap { ($0["fact"] as? [String: Any])?["token"] as? Int } == [597, 1, 8])
        // Terminals 3100 to 3199 are one merchant.
        #expect(Set(events.compactMap { $0["merchant"] as? String }).count == 2)
        #expect(try served("merchant", "list").text.contains("csv 31"))
        #expect(try served.holdfast.run(["audit", "data"]).status == 0)
    }

    @Test func `amounts as people write them, other currencies, and money that is only held`() throws {
        let served = try ServedCommand()
        let rows = """
            id,time,amount,currency,merchant,reference\r
            a,2026-01-31T23:59:59Z,12.30,USD,shop,"one, two"\r
            b,2026-01-31T23:59:59Z,1500,JPY,shop,\r
            """
        let done = try served("import", "-", "--hold", "--source", "books", input: rows)
        #expect(
            done.status == 0
                && done.text == "2 rows: 2 done, 0 were there, 0 refused, 0 bad; 1500 JPY, 12.30 USD\n")
        let listed = try served("pay", "list", "--merchant", "mer_1", "--status", "authorized")
        #expect(listed.text.split(separator: "\n").count == 2)
        // Said again otherwise under the same id.
        let changed = try served(
            "import", "-", "--hold", "--source", "books",
            input: rows.replacingOccurrences(of: "12.30", with: "12.31"))
        #expect(changed.status == 20 && changed.errors.contains("-:2:1: id: refused: keyReused (300)"))
    }

    @Test func `a file without the columns it takes is none`() throws {
        let served = try ServedCommand()
        #expect(try served("import", "nowhere.csv").status == 66)
        let lacking = try served("import", "-", input: "id,amount\n1,2\n")
        #expect(lacking.status == 65 && lacking.errors.contains("time"))
        #expect(try served("import", "-", input: "").status == 66)
    }
}
