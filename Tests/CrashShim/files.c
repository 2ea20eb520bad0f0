// Files: what their sectors and sizes were when they were last durable.

#include "shim.h"

typedef struct file file_t;
POOL(file_t)

static struct chunk *free_chunks;

int64_t size_of(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 ? (int64_t)status.st_size : 0;
}

struct file *find_file(const struct stat *status) {
    for (struct file *file = files; file; file = file->next)
        if (file->inode == status->st_ino && file->device == status->st_dev) return file;
    return NULL;
}

/// The record of an open descriptor's file; its present size is durable if we have not met it before.
struct file *file_of(int fd) {
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return NULL;
    struct file *file = find_file(&status);
    if (file) return file;
    file = new_file_t();
    file->device = status.st_dev;
    file->inode = status.st_ino;
    file->plain = -1;
    file->durable_size = (int64_t)status.st_size;
    file->next = files;
    files = file;
    return file;
}

/// Before the first write: our own descriptor, which knows neither O_DIRECT nor O_APPEND, and room for
/// chunks.
void prepare(struct file *file, int fd) {
    if (file->plain >= 0) return;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    file->plain = kernel_openat(AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (file->plain < 0) fail("cannot open a second descriptor");
    file->chunks = pages(CHUNKS_MAX * sizeof(struct chunk *));
    file->chunk_low = CHUNKS_MAX;
    file->chunk_high = 0;
}

static struct chunk *chunk_at(struct file *file, int64_t index) {
    if (index >= CHUNKS_MAX) fail("file larger than the shim can follow");
    if (file->chunks[index]) return file->chunks[index];
    struct chunk *chunk = free_chunks;
    if (chunk) free_chunks = chunk->next_free;
    else chunk = pages(sizeof *chunk);
    memset(chunk->pending, 0, sizeof chunk->pending);
    file->chunks[index] = chunk;
    if (index < file->chunk_low) file->chunk_low = index;
    if (index >= file->chunk_high) file->chunk_high = index + 1;
    return chunk;
}

bool is_pending(const struct chunk *chunk, int sector) {
    return chunk->pending[sector / 64] >> (sector % 64) & 1;
}

static void set_pending(struct chunk *chunk, int sector) {
    chunk->pending[sector / 64] |= 1ull << (sector % 64);
}

static void clear_pending(struct chunk *chunk, int sector) {
    chunk->pending[sector / 64] &= ~(1ull << (sector % 64));
}

/// Remembers the bytes of every sector that start ..< end touches, unless an older memory exists. Past the
/// end of the file the bytes are zero.
void remember(struct file *file, int64_t start, int64_t end) {
    static uint8_t now[CHUNK_BYTES];
    if (start >= end) return;
    for (int64_t index = start / CHUNK_BYTES; index <= (end - 1) / CHUNK_BYTES; index++) {
        struct chunk *chunk = chunk_at(file, index);
        int64_t base = index * CHUNK_BYTES;
        int first = start > base ? (int)((start - base) / SECTOR) : 0;
        int last = end < base + CHUNK_BYTES ? (int)((end - 1 - base) / SECTOR) : CHUNK_SECTORS - 1;
        size_t offset = (size_t)first * SECTOR, length = (size_t)(last - first + 1) * SECTOR, got = 0;
        while (got < length) {
            size_t at = offset + got;
            ssize_t more = kernel_pread(file->plain, now + at, length - got, base + (int64_t)at);
            if (more < 0 && errno == EINTR) continue;
            if (more < 0) fail("cannot read what a write replaces");
            if (more == 0) break;
            got += (size_t)more;
        }
        memset(now + offset + got, 0, length - got);
        for (int sector = first; sector <= last; sector++) {
            if (is_pending(chunk, sector)) continue;
            memcpy(chunk->before + sector * SECTOR, now + sector * SECTOR, SECTOR);
            set_pending(chunk, sector);
        }
    }
}

void forget_all(struct file *file) {
    if (file->plain < 0) return;
    for (int64_t index = file->chunk_low; index < file->chunk_high; index++) {
        struct chunk *chunk = file->chunks[index];
        if (!chunk) continue;
        chunk->next_free = free_chunks;
        free_chunks = chunk;
        file->chunks[index] = NULL;
    }
    file->chunk_low = CHUNKS_MAX;
    file->chunk_high = 0;
    file->durable_size = size_of(file->plain);
}

/// One synchronous write came back: its sectors are durable, and so is the size that reaches them.
void forget_range(struct file *file, int64_t start, int64_t end) {
    for (int64_t sector = start / SECTOR; sector * SECTOR < end; sector++) {
        struct chunk *chunk = file->chunks[sector / CHUNK_SECTORS];
        if (chunk) clear_pending(chunk, (int)(sector % CHUNK_SECTORS));
    }
    if (file->durable_size < end) file->durable_size = end;
}

static bool has_pending(struct file *file) {
    if (file->plain < 0) return false;
    if (size_of(file->plain) != file->durable_size) return true;
    for (int64_t index = file->chunk_low; index < file->chunk_high; index++) {
        const struct chunk *chunk = file->chunks[index];
        if (chunk && (chunk->pending[0] | chunk->pending[1])) return true;
    }
    return false;
}

/// Lets a file go that no descriptor uses and that has nothing to lose (or no name to lose it under).
void drop_if_idle(struct file *file) {
    if (file->references > 0) return;
    struct stat status;
    bool nameless = file->plain >= 0 && fstat(file->plain, &status) == 0 && status.st_nlink == 0;
    if (!nameless && has_pending(file)) return;
    if (file->plain >= 0) {
        forget_all(file);
        kernel_close(file->plain);
        munmap(file->chunks, CHUNKS_MAX * sizeof(struct chunk *));
    }
    for (struct file **link = &files; *link; link = &(*link)->next)
        if (*link == file) {
            *link = file->next;
            break;
        }
    free_file_t(file);
}
