#include "CHoldfastSystem.h"

#include <string.h>

// Slicing-by-8: eight tables of 256 entries, built once from the reflected polynomial.
static uint32_t tables[8][256];

__attribute__((constructor)) static void build_tables(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) ? 0x82F63B78u : 0);
        tables[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (int slice = 1; slice < 8; slice++) {
            uint32_t previous = tables[slice - 1][byte];
            tables[slice][byte] = (previous >> 8) ^ tables[0][previous & 0xFF];
        }
}

uint32_t holdfast_crc32c_table(uint32_t crc, const void *bytes, size_t length) {
    const uint8_t *next = bytes;
    crc = ~crc;
    while (length >= 8) {
        // Bytes are combined by hand so that the value is the same on a big-endian machine.
        uint32_t low = crc ^ ((uint32_t)next[0] | (uint32_t)next[1] << 8 | (uint32_t)next[2] << 16 |
                              (uint32_t)next[3] << 24);
        crc = tables[7][low & 0xFF] ^ tables[6][(low >> 8) & 0xFF] ^ tables[5][(low >> 16) & 0xFF] ^
              tables[4][low >> 24] ^ tables[3][next[4]] ^ tables[2][next[5]] ^ tables[1][next[6]] ^
              tables[0][next[7]];
        next += 8;
        length -= 8;
    }
    while (length--) crc = (crc >> 8) ^ tables[0][(crc ^ *next++) & 0xFF];
    return ~crc;
}

#if defined(__x86_64__)
// The instruction gives a result every cycle but takes three, so three stretches of LANE bytes are taken side
// by side. Their checksums are joined by moving the earlier ones over the bytes that follow: a linear
// function of 32 bits, tabulated by byte for LANE zero bytes.
#define LANE 1024
static uint32_t over_lane[4][256];

__attribute__((constructor)) static void build_lane_tables(void) {
    uint32_t of_bit[32];
    for (int bit = 0; bit < 32; bit++) {
        uint32_t crc = 1u << bit;
        for (int step = 0; step < LANE * 8; step++) crc = (crc >> 1) ^ ((crc & 1) ? 0x82F63B78u : 0);
        of_bit[bit] = crc;
    }
    for (int byte = 0; byte < 4; byte++)
        for (int value = 0; value < 256; value++) {
            uint32_t crc = 0;
            for (int bit = 0; bit < 8; bit++)
                if (value >> bit & 1) crc ^= of_bit[8 * byte + bit];
            over_lane[byte][value] = crc;
        }
}

static uint32_t move_over_lane(uint32_t crc) {
    return over_lane[0][crc & 0xFF] ^ over_lane[1][crc >> 8 & 0xFF] ^ over_lane[2][crc >> 16 & 0xFF] ^
           over_lane[3][crc >> 24];
}

static uint64_t word_at(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    return word;
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_hardware(uint32_t crc, const void *bytes,
                                                                  size_t length) {
    const uint8_t *next = bytes;
    uint64_t wide = ~crc;
    for (; length >= 3 * LANE; next += 3 * LANE, length -= 3 * LANE) {
        uint64_t second = 0, third = 0;
        for (size_t offset = 0; offset < LANE; offset += 8) {
            wide = __builtin_ia32_crc32di(wide, word_at(next + offset));
            second = __builtin_ia32_crc32di(second, word_at(next + LANE + offset));
            third = __builtin_ia32_crc32di(third, word_at(next + 2 * LANE + offset));
        }
        uint32_t two = move_over_lane((uint32_t)wide) ^ (uint32_t)second;
        wide = move_over_lane(two) ^ (uint32_t)third;
    }
    for (; length >= 8; next += 8, length -= 8) wide = __builtin_ia32_crc32di(wide, word_at(next));
    uint32_t narrow = (uint32_t)wide;
    while (length--) narrow = __builtin_ia32_crc32qi(narrow, *next++);
    return ~narrow;
}

int holdfast_crc32c_is_hardware(void) { return __builtin_cpu_supports("sse4.2") != 0; }

uint32_t holdfast_crc32c(uint32_t crc, const void *bytes, size_t length) {
    if (__builtin_cpu_supports("sse4.2")) return crc32c_hardware(crc, bytes, length);
    return holdfast_crc32c_table(crc, bytes, length);
}
#else
int holdfast_crc32c_is_hardware(void) { return 0; }

uint32_t holdfast_crc32c(uint32_t crc, const void *bytes, size_t length) {
    return holdfast_crc32c_table(crc, bytes, length);
}
#endif
