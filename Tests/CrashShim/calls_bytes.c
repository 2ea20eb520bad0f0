// Interposed calls: bytes and sizes, and what makes them durable.

#include "shim.h"

/// The file a mutating call on `fd` is about to change, with the lock held; NULL (and no lock) if not ours.
static struct file *begin_change(int fd) {
    if (!atomic_load(&active)) return NULL;
    enter();
    struct slot *slot = slot_of(fd);
    int access = slot ? (int)syscall(SYS_fcntl, fd, F_GETFL) & O_ACCMODE : O_RDONLY;
    if (!slot || slot->role != FILE_DESCRIPTOR || access == O_RDONLY) {
        leave();
        return NULL;
    }
    prepare(slot->target, fd);
    return slot->target;
}

/// `offset` < 0: at the descriptor's own position.
static int64_t write_position(int fd, int64_t offset) {
    if ((int)syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND) return size_of(fd);
    return offset >= 0 ? offset : (int64_t)syscall(SYS_lseek, fd, 0, SEEK_CUR);
}

static ssize_t end_write(struct file *file, int fd, int64_t start, ssize_t written, bool synchronous) {
    int error = errno;
    if (written >= 0) {
        effect_happened();
        if ((synchronous || slots[fd].synchronous) && !ignore_sync)
            forget_range(file, start, start + written);
    }
    leave();
    errno = error;
    return written;
}

static ssize_t tracked_write(int fd, const void *bytes, size_t size, int64_t offset) {
    struct file *file = begin_change(fd);
    int64_t start = file ? write_position(fd, offset) : 0;
    if (file) remember(file, start, start + (int64_t)size);
    ssize_t written
        = offset < 0 ? syscall(SYS_write, fd, bytes, size) : kernel_pwrite(fd, bytes, size, offset);
    return file ? end_write(file, fd, start, written, false) : written;
}

static ssize_t tracked_writev(int fd, const struct iovec *vector, int count, int64_t offset, int flags) {
    struct file *file = begin_change(fd);
    int64_t start = file ? write_position(fd, offset) : 0, size = 0;
    for (int i = 0; file && i < count; i++) size += (int64_t)vector[i].iov_len;
    if (file) remember(file, start, start + size);
    ssize_t written = syscall(SYS_pwritev2, fd, vector, count, offset, offset >> 63, flags);
    return file ? end_write(file, fd, start, written, (flags & (RWF_DSYNC | RWF_SYNC)) != 0) : written;
}

static ssize_t refuse_negative(void) {
    errno = EINVAL;
    return -1;
}

ssize_t write(int fd, const void *bytes, size_t size) { return tracked_write(fd, bytes, size, -1); }
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
    return offset < 0 ? refuse_negative() : tracked_write(fd, bytes, size, offset);
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
    return pwrite(fd, bytes, size, offset);
}
ssize_t writev(int fd, const struct iovec *vector, int count) {
    return tracked_writev(fd, vector, count, -1, 0);
}
ssize_t pwritev(int fd, const struct iovec *vector, int count, off_t offset) {
    return offset < 0 ? refuse_negative() : tracked_writev(fd, vector, count, offset, 0);
}
ssize_t pwritev64(int fd, const struct iovec *vector, int count, off64_t offset) {
    return pwritev(fd, vector, count, offset);
}
ssize_t pwritev2(int fd, const struct iovec *vector, int count, off_t offset, int flags) {
    return tracked_writev(fd, vector, count, offset, flags);
}
ssize_t pwritev64v2(int fd, const struct iovec *vector, int count, off64_t offset, int flags) {
    return tracked_writev(fd, vector, count, offset, flags);
}

static int end_change(int result) {
    int error = errno;
    if (result == 0) effect_happened();
    leave();
    errno = error;
    return result;
}

int ftruncate(int fd, off_t size) {
    struct file *file = begin_change(fd);
    if (!file) return kernel_truncate(fd, size);
    remember(file, size < 0 ? 0 : size, size_of(fd));
    return end_change(kernel_truncate(fd, size));
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

int truncate(const char *path, off_t size) {
    int fd = tracked_open(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0) return -1;
    int result = ftruncate(fd, size), error = errno;
    close(fd);
    errno = error;
    return result;
}
int truncate64(const char *path, off64_t size) { return truncate(path, size); }

/// Reserving blocks changes only the size; the other modes change bytes from `offset` on.
int fallocate(int fd, int mode, off_t offset, off_t length) {
    struct file *file = begin_change(fd);
    if (!file) return (int)syscall(SYS_fallocate, fd, mode, offset, length);
    if ((mode & ~FALLOC_FL_KEEP_SIZE) != 0) remember(file, offset, size_of(fd));
    return end_change((int)syscall(SYS_fallocate, fd, mode, offset, length));
}
int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
    return fallocate(fd, mode, offset, length);
}

int posix_fallocate(int fd, off_t offset, off_t length) {
    int saved = errno, result = fallocate(fd, 0, offset, length) == 0 ? 0 : errno;
    errno = saved;
    return result;
}
int posix_fallocate64(int fd, off64_t offset, off64_t length) { return posix_fallocate(fd, offset, length); }

ssize_t copy_file_range(
    int from, off64_t *from_offset, int to, off64_t *to_offset, size_t size, unsigned flags
) {
    struct file *file = begin_change(to);
    int64_t start = file ? write_position(to, to_offset ? *to_offset : -1) : 0;
    if (file) remember(file, start, start + (int64_t)size);
    ssize_t copied = syscall(SYS_copy_file_range, from, from_offset, to, to_offset, size, flags);
    return file ? end_write(file, to, start, copied, false) : copied;
}

static int tracked_sync(int fd, long number) {
    if (!atomic_load(&active)) return (int)syscall(number, fd);
    enter();
    struct slot *slot = slot_of(fd);
    if (!slot) {
        leave();
        return (int)syscall(number, fd);
    }
    int result = (int)syscall(number, fd), error = errno;
    if (result == 0) {
        effect_happened();
        if (slot->role == DIRECTORY_DESCRIPTOR && !ignore_directory_sync) names_are_durable(slot->target);
        if (slot->role == FILE_DESCRIPTOR && !ignore_sync) forget_all(slot->target);
    }
    leave();
    errno = error;
    return result;
}

int fsync(int fd) { return tracked_sync(fd, SYS_fsync); }
int fdatasync(int fd) { return tracked_sync(fd, SYS_fdatasync); }
