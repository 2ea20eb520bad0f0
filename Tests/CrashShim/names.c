// Names: the journal of what happened to them since their directories were last synced.

#include "shim.h"

typedef struct directory directory_t;
typedef struct operation operation_t;
POOL(directory_t)
POOL(operation_t)

bool descriptor_is_below_root(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return false;
    path[length] = 0;
    return is_below_root(path);
}

/// The record of the directory `fd` names; takes a reference.
struct directory *directory_of(int fd) {
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISDIR(status.st_mode)) return NULL;
    for (struct directory *known = directories; known; known = known->next)
        if (known->inode == status.st_ino && known->device == status.st_dev) {
            known->references++;
            return known;
        }
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int own = kernel_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (own < 0) fail("cannot open a directory");
    struct directory *directory = new_directory_t();
    directory->device = status.st_dev;
    directory->inode = status.st_ino;
    directory->descriptor = own;
    directory->references = 1;
    directory->next = directories;
    directories = directory;
    return directory;
}

void release(struct directory *directory) {
    if (!directory || --directory->references > 0) return;
    kernel_close(directory->descriptor);
    for (struct directory **link = &directories; *link; link = &(*link)->next)
        if (*link == directory) {
            *link = directory->next;
            break;
        }
    free_directory_t(directory);
}

/// A name below root: its directory (with a reference) and last component. False: not ours to follow.
bool locate(int at, const char *path, struct directory **directory, char name[NAME_MAX + 1]) {
    *directory = NULL;
    size_t length = path ? strlen(path) : 0;
    while (length > 1 && path[length - 1] == '/') length--;
    size_t start = length;
    while (start > 0 && path[start - 1] != '/') start--;
    if (length == 0 || length >= PATH_MAX || length - start == 0 || length - start > NAME_MAX) return false;
    memcpy(name, path + start, length - start);
    name[length - start] = 0;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return false;
    char parent[PATH_MAX] = ".";
    if (start > 0) {
        memcpy(parent, path, start);
        parent[start] = 0;
    }
    int fd = kernel_openat(at, parent, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0) return false;
    if (descriptor_is_below_root(fd)) *directory = directory_of(fd);
    kernel_close(fd);
    return *directory != NULL;
}

const char *held_name(uint64_t number, char buffer[48]) {
    snprintf(buffer, 48, "held-%d-%llu", (int)own_process, (unsigned long long)number);
    return buffer;
}

/// Keeps the file under a second name outside root.
uint64_t hold(struct directory *directory, const char *name) {
    char buffer[48];
    if (kernel_link(directory->descriptor, name, side, held_name(++held_count, buffer), 0) != 0)
        fail("cannot link into the side directory");
    return held_count;
}

/// What was held is not needed any more: its removal is durable (or never happened).
void let_go(uint64_t number) {
    if (number == 0) return;
    char buffer[48];
    struct stat status;
    held_name(number, buffer);
    if (fstatat(side, buffer, &status, AT_SYMLINK_NOFOLLOW) != 0) return;
    kernel_unlink(side, buffer, S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0);
    struct file *file = find_file(&status);
    if (file) drop_if_idle(file);
}

/// Appends to the journal. Takes over the references to both directories.
void record(
    enum kind kind, struct directory *journal, const char *name, struct directory *source,
    const char *source_name, uint64_t held
) {
    struct operation *operation = new_operation_t();
    operation->kind = kind;
    operation->journal = journal;
    operation->source = source;
    operation->held = held;
    strcpy(operation->name, name);
    if (source_name) strcpy(operation->source_name, source_name);
    operation->previous = youngest;
    if (youngest) youngest->next = operation;
    else oldest = operation;
    youngest = operation;
}

void names_are_durable(struct directory *directory) {
    for (struct operation *operation = oldest, *next; operation; operation = next) {
        next = operation->next;
        if (operation->journal != directory) continue;
        if (operation->previous) operation->previous->next = next;
        else oldest = next;
        if (next) next->previous = operation->previous;
        else youngest = operation->previous;
        let_go(operation->held);
        release(operation->source);
        release(operation->journal);
        free_operation_t(operation);
    }
}
