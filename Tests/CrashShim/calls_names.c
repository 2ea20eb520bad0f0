// Interposed calls: names.

#include "shim.h"

static int tracked_rename(int from, const char *source, int to, const char *target, unsigned flags) {
    if (!atomic_load(&active)) return kernel_rename(from, source, to, target, flags);
    enter();
    struct directory *old_directory, *new_directory = NULL;
    char old_name[NAME_MAX + 1], new_name[NAME_MAX + 1];
    struct stat old_status, new_status;
    bool ours = locate(from, source, &old_directory, old_name) && locate(to, target, &new_directory, new_name)
        && fstatat(old_directory->descriptor, old_name, &old_status, AT_SYMLINK_NOFOLLOW) == 0;
    bool replaces = ours && flags == 0
        && fstatat(new_directory->descriptor, new_name, &new_status, AT_SYMLINK_NOFOLLOW) == 0;
    if (replaces && old_status.st_ino == new_status.st_ino) ours = false;  // does nothing, by definition
    if (replaces && S_ISDIR(new_status.st_mode)) {
        errno = ENOTSUP;
        fail("a rename over a directory is not followed");
    }
    uint64_t held = ours && replaces ? hold(new_directory, new_name) : 0;
    int result = kernel_rename(from, source, to, target, flags), error = errno;
    if (result == 0 && ours) {
        enum kind kind = flags & RENAME_EXCHANGE ? EXCHANGED : RENAMED;
        record(kind, new_directory, new_name, old_directory, old_name, held);
        effect_happened();
    } else {
        let_go(held);
        release(old_directory);
        release(new_directory);
    }
    leave();
    errno = error;
    return result;
}

int rename(const char *source, const char *target) {
    return tracked_rename(AT_FDCWD, source, AT_FDCWD, target, 0);
}
int renameat(int from, const char *source, int to, const char *target) {
    return tracked_rename(from, source, to, target, 0);
}
int renameat2(int from, const char *source, int to, const char *target, unsigned flags) {
    return tracked_rename(from, source, to, target, flags);
}

static bool is_empty_directory(int at, const char *name) {
    static char entries[1024];
    int fd = kernel_openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd < 0) return false;
    long length = syscall(SYS_getdents64, fd, entries, sizeof entries);
    kernel_close(fd);
    return length == 48;  // "." and "..", 24 bytes each
}

/// An empty directory moves aside, so that it can come back as the same inode.
static int remove_directory(struct directory *directory, const char *name) {
    char held[48];
    if (!is_empty_directory(directory->descriptor, name))
        return kernel_unlink(directory->descriptor, name, AT_REMOVEDIR);  // fails, with the right error
    return kernel_rename(directory->descriptor, name, side, held_name(++held_count, held), 0);
}

static int tracked_unlink(int at, const char *path, int flags) {
    if (!atomic_load(&active)) return kernel_unlink(at, path, flags);
    enter();
    struct directory *directory;
    char name[NAME_MAX + 1];
    if (!locate(at, path, &directory, name)) {
        leave();
        return kernel_unlink(at, path, flags);
    }
    bool is_directory = (flags & AT_REMOVEDIR) != 0;
    struct stat status;
    bool can_hold = !is_directory && fstatat(directory->descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
        && !S_ISDIR(status.st_mode);
    uint64_t held = can_hold ? hold(directory, name) : 0;
    int result = is_directory ? remove_directory(directory, name) : kernel_unlink(at, path, flags);
    int error = errno;
    if (result == 0) {
        if (is_directory) record(REMOVED_DIRECTORY, directory, name, NULL, NULL, held_count);
        else record(UNLINKED, directory, name, NULL, NULL, held);
        effect_happened();
    } else {
        let_go(held);
        release(directory);
    }
    leave();
    errno = error;
    return result;
}

int unlink(const char *path) { return tracked_unlink(AT_FDCWD, path, 0); }
int unlinkat(int at, const char *path, int flags) { return tracked_unlink(at, path, flags); }
int rmdir(const char *path) { return tracked_unlink(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
    int result = unlink(path);
    return result != 0 && errno == EISDIR ? rmdir(path) : result;
}

/// A call that makes a name: `number` with its arguments, recorded as `kind`.
static int end_making(enum kind kind, bool ours, struct directory *directory, const char *name, int result) {
    int error = errno;
    if (ours && result == 0) {
        record(kind, directory, name, NULL, NULL, 0);
        effect_happened();
    } else {
        release(directory);
    }
    leave();
    errno = error;
    return result;
}

int mkdirat(int at, const char *path, mode_t mode) {
    if (!atomic_load(&active)) return (int)syscall(SYS_mkdirat, at, path, mode);
    enter();
    struct directory *directory;
    char name[NAME_MAX + 1];
    bool ours = locate(at, path, &directory, name);
    return end_making(MADE_DIRECTORY, ours, directory, name, (int)syscall(SYS_mkdirat, at, path, mode));
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int linkat(int from, const char *source, int to, const char *target, int flags) {
    if (!atomic_load(&active)) return kernel_link(from, source, to, target, flags);
    enter();
    struct directory *directory;
    char name[NAME_MAX + 1];
    bool ours = locate(to, target, &directory, name);
    return end_making(CREATED, ours, directory, name, kernel_link(from, source, to, target, flags));
}
int link(const char *source, const char *target) { return linkat(AT_FDCWD, source, AT_FDCWD, target, 0); }

int symlinkat(const char *content, int at, const char *path) {
    if (!atomic_load(&active)) return (int)syscall(SYS_symlinkat, content, at, path);
    enter();
    struct directory *directory;
    char name[NAME_MAX + 1];
    bool ours = locate(at, path, &directory, name);
    return end_making(CREATED, ours, directory, name, (int)syscall(SYS_symlinkat, content, at, path));
}
int symlink(const char *content, const char *path) { return symlinkat(content, AT_FDCWD, path); }
