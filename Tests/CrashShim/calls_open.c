// Interposed calls: descriptors.

#include "shim.h"

struct slot *slot_of(int fd) {
    if (fd < 0 || fd >= DESCRIPTORS_MAX || slots[fd].role == UNTRACKED) return NULL;
    return &slots[fd];
}

static void forget_descriptor(int fd) {
    struct slot *slot = slot_of(fd);
    if (!slot) return;
    struct slot old = *slot;
    slot->role = UNTRACKED;
    if (old.role == DIRECTORY_DESCRIPTOR) {
        release(old.target);
    } else {
        struct file *file = old.target;
        file->references--;
        drop_if_idle(file);
    }
}

static void register_descriptor(int fd, int flags) {
    if (fd < 0 || fd >= DESCRIPTORS_MAX || (flags & O_PATH) || !descriptor_is_below_root(fd)) return;
    forget_descriptor(fd);  // closed by a call we did not see
    struct slot slot = {UNTRACKED, (flags & O_DSYNC) != 0, NULL};  // O_SYNC contains O_DSYNC
    struct file *file = file_of(fd);
    if (file) {
        file->references++;
        slot.role = FILE_DESCRIPTOR;
        slot.target = file;
    } else {
        slot.target = directory_of(fd);
        if (!slot.target) return;
        slot.role = DIRECTORY_DESCRIPTOR;
    }
    slots[fd] = slot;
}

static void copy_descriptor(int from, int to) {
    if (to < 0 || to >= DESCRIPTORS_MAX || from == to) return;
    forget_descriptor(to);
    struct slot *slot = slot_of(from);
    if (!slot) return;
    if (slot->role == FILE_DESCRIPTOR) ((struct file *)slot->target)->references++;
    else ((struct directory *)slot->target)->references++;
    slots[to] = *slot;
}

int tracked_open(int at, const char *path, int flags, mode_t mode) {
    if (!atomic_load(&active)) return kernel_openat(at, path, flags, mode);
    enter();
    struct directory *directory = NULL;
    char name[NAME_MAX + 1];
    bool creates = false;
    struct stat status;
    if ((flags & (O_CREAT | O_TRUNC)) && locate(at, path, &directory, name)) {
        bool exists = fstatat(directory->descriptor, name, &status, 0) == 0;
        creates = !exists && (flags & O_CREAT);
        if (exists && (flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY && S_ISREG(status.st_mode)) {
            int own = kernel_openat(directory->descriptor, name, O_RDWR | O_CLOEXEC, 0);
            if (own >= 0) {
                struct file *file = file_of(own);
                prepare(file, own);
                remember(file, 0, (int64_t)status.st_size);
                kernel_close(own);
            }
        }
    }
    int fd = kernel_openat(at, path, flags, mode);
    int error = errno;
    if (fd >= 0 && (directory || descriptor_is_below_root(fd))) {
        register_descriptor(fd, flags);
        if (creates) {
            directory->references++;
            record(CREATED, directory, name, NULL, NULL, 0);
        }
        if (creates || (directory && (flags & O_TRUNC))) effect_happened();
    }
    release(directory);
    leave();
    errno = error;
    return fd;
}

static mode_t mode_argument(int flags, va_list arguments) {
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? (mode_t)va_arg(arguments, int) : 0;
}

#define OPEN(name)                                            \
    int name(const char *path, int flags, ...) {              \
        va_list arguments;                                    \
        va_start(arguments, flags);                           \
        mode_t mode = mode_argument(flags, arguments);        \
        va_end(arguments);                                    \
        return tracked_open(AT_FDCWD, path, flags, mode);     \
    }
#define OPENAT(name)                                          \
    int name(int at, const char *path, int flags, ...) {      \
        va_list arguments;                                    \
        va_start(arguments, flags);                           \
        mode_t mode = mode_argument(flags, arguments);        \
        va_end(arguments);                                    \
        return tracked_open(at, path, flags, mode);           \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
int __open_2(const char *path, int flags) { return tracked_open(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return tracked_open(AT_FDCWD, path, flags, 0); }
int __openat_2(int at, const char *path, int flags) { return tracked_open(at, path, flags, 0); }
int __openat64_2(int at, const char *path, int flags) { return tracked_open(at, path, flags, 0); }
int creat(const char *path, mode_t mode) {
    return tracked_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

int close(int fd) {
    if (!owns_descriptors()) return kernel_close(fd);
    enter();
    forget_descriptor(fd);
    int result = kernel_close(fd), error = errno;
    leave();
    errno = error;
    return result;
}

static int tracked_copy(int from, int result) {
    int error = errno;
    if (result >= 0) copy_descriptor(from, result);
    leave();
    errno = error;
    return result;
}

int dup(int fd) {
    if (!owns_descriptors()) return (int)syscall(SYS_dup, fd);
    enter();
    return tracked_copy(fd, (int)syscall(SYS_dup, fd));
}

int dup3(int fd, int target, int flags) {
    if (!owns_descriptors()) return (int)syscall(SYS_dup3, fd, target, flags);
    enter();
    return tracked_copy(fd, (int)syscall(SYS_dup3, fd, target, flags));
}

int dup2(int fd, int target) {
    if (fd == target) return (int)syscall(SYS_fcntl, fd, F_GETFD) < 0 ? -1 : fd;
    return dup3(fd, target, 0);
}

static int tracked_fcntl(int fd, int command, void *argument) {
    if ((command != F_DUPFD && command != F_DUPFD_CLOEXEC) || !owns_descriptors())
        return (int)syscall(SYS_fcntl, fd, command, argument);
    enter();
    return tracked_copy(fd, (int)syscall(SYS_fcntl, fd, command, argument));
}

#define FCNTL(name)                                   \
    int name(int fd, int command, ...) {              \
        va_list arguments;                            \
        va_start(arguments, command);                 \
        void *argument = va_arg(arguments, void *);   \
        va_end(arguments);                            \
        return tracked_fcntl(fd, command, argument);  \
    }
FCNTL(fcntl)
FCNTL(fcntl64)
