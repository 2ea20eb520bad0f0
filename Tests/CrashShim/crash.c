// The crash: choose what is lost, undo it, say so, die.

#include "shim.h"

static atomic_int frozen;
static uint64_t random_state;

static uint64_t random_word(void) {  // SplitMix64
    uint64_t z = random_state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

static uint64_t random_below(uint64_t bound) { return bound == 0 ? 0 : random_word() % bound; }

void freeze(int signal) {
    (void)signal;
    atomic_fetch_add(&frozen, 1);
    for (;;) pause();
}

/// Stops every other thread wherever it is. Threads that block all signals are given up after half a second.
static int freeze_other_threads(void) {
    struct linux_dirent64 {
        ino64_t inode;
        off64_t offset;
        unsigned short length;
        unsigned char type;
        char name[];
    };
    static char buffer[65536];
    int self = (int)syscall(SYS_gettid), asked = 0;
    int fd = kernel_openat(AT_FDCWD, "/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0) return 0;
    long got;
    while ((got = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
        for (long at = 0; at < got;) {
            struct linux_dirent64 *entry = (struct linux_dirent64 *)(buffer + at);
            at += entry->length;
            int thread = atoi(entry->name);
            if (thread <= 0 || thread == self || thread == atomic_load(&watcher_thread)) continue;
            if (syscall(SYS_tgkill, own_process, thread, FREEZE_SIGNAL) == 0) asked++;
        }
    kernel_close(fd);
    struct timespec moment = {0, 500000};
    for (int i = 0; i < 1000 && atomic_load(&frozen) < asked; i++) nanosleep(&moment, NULL);
    return atomic_load(&frozen);
}

static void restore_sector(
    struct file *file, const struct chunk *chunk, int64_t index, int sector, struct tally *tally
) {
    const uint8_t *before = chunk->before + sector * SECTOR;
    int64_t offset = index * CHUNK_BYTES + (int64_t)sector * SECTOR;
    if (kernel_pwrite(file->plain, before, SECTOR, offset) != SECTOR) tally->errors++;
    tally->sectors_dropped++;
}

/// Which of `count` pending sectors, numbered from 0, this file loses.
enum loss { LOSE_NONE, LOSE_ALL, LOSE_HALF, LOSE_ONE, KEEP_ONE, LOSE_TAIL, LOSE_HEAD, LOSS_KINDS };

static bool loses(enum loss loss, uint64_t number, uint64_t pivot) {
    switch (loss) {
    case LOSE_NONE: return false;
    case LOSE_ALL: return true;
    case LOSE_HALF: return random_word() & 1;
    case LOSE_ONE: return number == pivot;
    case KEEP_ONE: return number != pivot;
    case LOSE_TAIL: return number >= pivot;
    case LOSE_HEAD: return number < pivot;
    default: return false;
    }
}

static int64_t size_after_crash(struct file *file, int64_t now) {
    if (now == file->durable_size) return now;
    uint64_t choice = random_below(3);
    if (choice == 0) return now;
    if (choice == 1 || now < file->durable_size) return file->durable_size;
    uint64_t grown = random_below((uint64_t)(now - file->durable_size));
    int64_t between = (file->durable_size + (int64_t)grown) / 4096 * 4096;
    return between < file->durable_size ? file->durable_size : between;
}

static void lose_bytes(struct file *file, enum loss loss, struct tally *tally) {
    if (file->plain < 0) return;
    int64_t now = size_of(file->plain);
    uint64_t count = 0, number = 0;
    for (int64_t index = file->chunk_low; index < file->chunk_high; index++)
        if (file->chunks[index])
            count += (uint64_t)(__builtin_popcountll(file->chunks[index]->pending[0])
                + __builtin_popcountll(file->chunks[index]->pending[1]));
    uint64_t pivot = random_below(count);
    for (int64_t index = file->chunk_low; index < file->chunk_high; index++) {
        const struct chunk *chunk = file->chunks[index];
        for (int sector = 0; chunk && sector < CHUNK_SECTORS; sector++)
            if (is_pending(chunk, sector)) {
                bool lost = loses(loss, number++, pivot);
                // What a truncation cut off comes back whole or (by the size, below) not at all.
                bool cut = index * CHUNK_BYTES + (int64_t)sector * SECTOR >= now;
                if (lost || cut) restore_sector(file, chunk, index, sector, tally);
            }
    }
    int64_t size = size_after_crash(file, now);
    if (loss == LOSE_NONE) size = now;
    if (loss == LOSE_ALL) size = file->durable_size;
    if (kernel_truncate(file->plain, size) != 0) tally->errors++;
    tally->files += count > 0 || now != file->durable_size;
    tally->sectors += count;
    tally->sizes += now != file->durable_size;
    tally->sizes_restored += size != now;
}

static int undo(const struct operation *operation) {
    char held[48], lost[48];
    held_name(operation->held, held);
    int to = operation->journal->descriptor, from = operation->source ? operation->source->descriptor : -1;
    switch (operation->kind) {
    case CREATED: return kernel_unlink(to, operation->name, 0);
    case UNLINKED:
    case REMOVED_DIRECTORY: return kernel_rename(side, held, to, operation->name, 0);
    case EXCHANGED: return kernel_rename(from, operation->source_name, to, operation->name, RENAME_EXCHANGE);
    case RENAMED:
        if (kernel_rename(to, operation->name, from, operation->source_name, 0) != 0) return -1;
        return operation->held == 0 ? 0 : kernel_rename(side, held, to, operation->name, 0);
    case MADE_DIRECTORY:  // with everything in it
        return kernel_rename(to, operation->name, side, held_name(++held_count, lost), 0);
    }
    return -1;
}

/// Keeps a prefix of every directory's pending operations and undoes the others, youngest first.
static void lose_names(enum loss loss, struct tally *tally) {
    for (struct directory *directory = directories; directory; directory = directory->next) {
        uint64_t count = 0, number = 0;
        for (struct operation *each = oldest; each; each = each->next) count += each->journal == directory;
        uint64_t kept = loss == LOSE_NONE ? count : loss == LOSE_ALL ? 0 : random_below(count + 1);
        for (struct operation *each = oldest; each; each = each->next)
            if (each->journal == directory) each->undo = number++ >= kept;
        tally->names += count;
    }
    for (struct operation *each = youngest; each; each = each->previous) {
        if (!each->undo) continue;
        if (undo(each) != 0) tally->errors++;
        tally->names_undone++;
    }
}

void write_summary(const char *trigger, uint64_t seed, int threads, const struct tally *tally) {
    if (!summary_path[0]) return;
    char line[1024];
    int length = snprintf(
        line, sizeof line,
        "{\"trigger\":\"%s\",\"seed\":%llu,\"operations\":%llu,\"threads_frozen\":%d,\"files\":%llu,"
        "\"sectors_pending\":%llu,\"sectors_dropped\":%llu,\"sizes_pending\":%llu,\"sizes_restored\":%llu,"
        "\"names_pending\":%llu,\"names_undone\":%llu,\"errors\":%llu}\n",
        trigger, (unsigned long long)seed, (unsigned long long)operation_count, threads,
        (unsigned long long)tally->files, (unsigned long long)tally->sectors,
        (unsigned long long)tally->sectors_dropped, (unsigned long long)tally->sizes,
        (unsigned long long)tally->sizes_restored, (unsigned long long)tally->names,
        (unsigned long long)tally->names_undone, (unsigned long long)tally->errors);
    int fd = kernel_openat(AT_FDCWD, summary_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) return;
    syscall(SYS_write, fd, line, (size_t)length);
    kernel_close(fd);
}

/// Called with the lock held; it is never released.
void crash(uint64_t seed, const char *trigger) {
    atomic_store(&crash_wanted, true);
    atomic_store(&crashing, true);
    int threads = freeze_other_threads();
    random_state = seed;
    struct tally tally = {0};
    // One crash in four loses everything it may, one in eight nothing; the others choose file by file.
    uint64_t mood = random_below(8);
    for (struct file *file = files; file; file = file->next) {
        enum loss own = (enum loss)random_below(LOSS_KINDS);
        lose_bytes(file, mood == 0 ? LOSE_NONE : mood <= 2 ? LOSE_ALL : own, &tally);
    }
    lose_names(mood == 0 ? LOSE_NONE : mood <= 2 ? LOSE_ALL : LOSE_TAIL, &tally);
    write_summary(trigger, seed, threads, &tally);
    kill(own_process, SIGKILL);
    for (;;) pause();
}
