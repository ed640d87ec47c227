/* Every system call that changes something below one folder is a point. They are counted over all threads; at the
 * N-th the process is killed before or after the call, or the call fails. Loaded with LD_PRELOAD by
 * tests/it/survive.rs; the program under test knows nothing of it.
 *
 * A seccomp filter sends each such call here as a signal, whether libc made it or not (some crates make their own),
 * and lets those pass that bear a mark in the sixth argument, which none of them uses. Pages of a file that is
 * mapped into memory are no calls: SQLite so writes register.sqlite-shm, which it makes anew after a crash.
 *
 *   FAULT_ROOT  the folder; other files, pipes and terminals are no points
 *   FAULT_LIST  a file that gets a line for each point: its number, the call, the path below the folder
 *   FAULT_AT    the number of the point, from 1
 *   FAULT_HOW   before, after: killed; or the call fails: eio, enospc; full: what takes room fails from there on
 *               with enospc; short: half of it is written, and then it is full
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#define MARK 0x7369676cU

static char root[PATH_MAX];
static size_t root_length;
static int list = -1;
static long at = -1;
static char how[16];
static long counted;

static long raw(long number, long a, long b, long c, long d, long e) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = MARK;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

static int is_below(const char *path) {
    return strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == 0);
}

/* Writes the path of an open file, whether or not it still has its name. */
static int path_of_file(long file, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%ld", file);
    long length = raw(SYS_readlink, (long)link, (long)path, PATH_MAX - 1, 0, 0);
    if (length < 0) return 0;
    path[length] = 0;
    return path[0] == '/' && is_below(path);
}

static int path_at(long folder, const char *name, char *path) {
    char base[PATH_MAX];
    if (!name) return 0;
    if (name[0] == '/') {
        snprintf(path, PATH_MAX, "%s", name);
        return is_below(path);
    }
    if ((int)folder == AT_FDCWD) {
        if (raw(SYS_getcwd, (long)base, sizeof base, 0, 0, 0) < 0) return 0;
    } else {
        path_of_file(folder, base);
    }
    while (strncmp(name, "./", 2) == 0) name += 2;
    size_t length = strlen(base);
    if (length + strlen(name) + 2 > PATH_MAX) return 0;
    memcpy(path, base, length);
    path[length] = '/';
    strcpy(path + length + 1, name);
    return is_below(path);
}

static void die(void) {
    raw(SYS_kill, raw(SYS_getpid, 0, 0, 0, 0, 0), SIGKILL, 0, 0, 0);
    for (;;) raw(SYS_pause, 0, 0, 0, 0, 0);
}

/* What stands in the way of a call. */
enum obstacle { NONE, ABSENT, DEATH, HALF };

static enum obstacle obstacle(const char *call, const char *path, int takes_room, long *error) {
    long number = __atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST);
    if (list >= 0) {
        char line[PATH_MAX + 64];
        int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path + root_length);
        raw(SYS_write, list, (long)line, length, 0, 0);
    }
    if (at < 0 || number < at) return NONE;
    int is_now = number == at;
    if (is_now && strcmp(how, "before") == 0) die();
    if (is_now && strcmp(how, "after") == 0) return DEATH;
    if (is_now && strcmp(how, "short") == 0) return HALF;
    *error = strcmp(how, "eio") == 0 ? -EIO : -ENOSPC;
    if (is_now && (strcmp(how, "eio") == 0 || strcmp(how, "enospc") == 0)) return ABSENT;
    int is_full = strcmp(how, "full") == 0 || strcmp(how, "short") == 0;
    return is_full && takes_room ? ABSENT : NONE;
}

static const struct {
    long number;
    const char *name;
    /* Where the file or the path stands: an open file, a path by itself, or a path after its folder. */
    enum { FILE_FIRST, PATH_FIRST, PATH_SECOND, PATH_FOURTH, ADDED_FIRST, ADDED_SECOND, FOLDER_FIRST } place;
    int takes_room;
} calls[] = {
    {SYS_write, "write", FILE_FIRST, 1},
    {SYS_pwrite64, "pwrite", FILE_FIRST, 1},
    {SYS_writev, "writev", FILE_FIRST, 1},
    {SYS_pwritev, "pwritev", FILE_FIRST, 1},
    {SYS_fsync, "fsync", FILE_FIRST, 0},
    {SYS_fdatasync, "fdatasync", FILE_FIRST, 0},
    {SYS_ftruncate, "ftruncate", FILE_FIRST, 0},
    {SYS_fallocate, "fallocate", FILE_FIRST, 1},
    {SYS_fchmod, "fchmod", FILE_FIRST, 0},
    {SYS_sendfile, "sendfile", FILE_FIRST, 1},
    /* Never made: see below. */
    {SYS_copy_file_range, "copy_file_range", FILE_FIRST, 1},
    {SYS_truncate, "truncate", PATH_FIRST, 0},
    {SYS_chmod, "chmod", PATH_FIRST, 0},
    {SYS_unlink, "unlink", PATH_FIRST, 0},
    {SYS_rmdir, "rmdir", PATH_FIRST, 0},
    {SYS_mkdir, "mkdir", PATH_FIRST, 1},
    {SYS_rename, "rename", PATH_SECOND, 0},
    {SYS_link, "link", PATH_SECOND, 1},
    {SYS_symlink, "symlink", PATH_SECOND, 1},
    {SYS_unlinkat, "unlink", FOLDER_FIRST, 0},
    {SYS_mkdirat, "mkdir", FOLDER_FIRST, 1},
    {SYS_renameat, "rename", PATH_FOURTH, 0},
    {SYS_renameat2, "rename", PATH_FOURTH, 0},
    {SYS_linkat, "link", PATH_FOURTH, 1},
    {SYS_open, "open", ADDED_FIRST, 1},
    {SYS_creat, "open", PATH_FIRST, 1},
    {SYS_openat, "open", ADDED_SECOND, 1},
};

#define CALLS (sizeof calls / sizeof calls[0])

/* Opening is a point where it makes a file or empties one. */
static int is_change(const char *path, long flags) {
    if ((flags & O_TRUNC) || (flags & O_TMPFILE) == O_TMPFILE) return 1;
    return (flags & O_CREAT) && raw(SYS_access, (long)path, F_OK, 0, 0, 0) != 0;
}

static long made(long number, const long *a) {
    /* Whoever asks goes on by reading and writing, or by sendfile: it has no argument left for the mark. */
    if (number == SYS_copy_file_range) return -ENOSYS;
    return raw(number, a[0], a[1], a[2], a[3], a[4]);
}

static void on_call(int signal, siginfo_t *information, void *context) {
    (void)signal;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    long a[5] = {registers[REG_RDI], registers[REG_RSI], registers[REG_RDX], registers[REG_R10], registers[REG_R8]};
    long number = information->si_syscall;
    char path[PATH_MAX];
    size_t index = 0;
    while (index < CALLS && calls[index].number != number) index++;
    int is_point = 0;
    if (index < CALLS && number != SYS_copy_file_range) {
        switch (calls[index].place) {
        case FILE_FIRST: is_point = path_of_file(a[0], path); break;
        case PATH_FIRST: is_point = path_at(AT_FDCWD, (const char *)a[0], path); break;
        case PATH_SECOND: is_point = path_at(AT_FDCWD, (const char *)a[1], path); break;
        case PATH_FOURTH: is_point = path_at(a[2], (const char *)a[3], path); break;
        case FOLDER_FIRST: is_point = path_at(a[0], (const char *)a[1], path); break;
        case ADDED_FIRST: is_point = path_at(AT_FDCWD, (const char *)a[0], path) && is_change(path, a[1]); break;
        case ADDED_SECOND: is_point = path_at(a[0], (const char *)a[1], path) && is_change(path, a[2]); break;
        }
    }
    long result = 0;
    enum obstacle found = is_point ? obstacle(calls[index].name, path, calls[index].takes_room, &result) : NONE;
    int counts_bytes = number == SYS_write || number == SYS_pwrite64;
    if (found == HALF && counts_bytes && a[2] > 1) a[2] /= 2;
    if (found != ABSENT) result = made(number, a);
    if (found == DEATH) die();
    registers[REG_RAX] = result;
}

__attribute__((constructor)) static void begin(void) {
    const char *value = getenv("FAULT_ROOT");
    if (!value || !realpath(value, root)) return;
    root_length = strlen(root);
    if ((value = getenv("FAULT_LIST")))
        list = (int)raw(SYS_openat, AT_FDCWD, (long)value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600, 0);
    if ((value = getenv("FAULT_AT"))) at = atol(value);
    if ((value = getenv("FAULT_HOW"))) strncpy(how, value, sizeof how - 1);

    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_call;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSYS, &action, NULL);

    struct sock_filter filter[CALLS + 16];
    unsigned short next = 0;
#define ADD(...) filter[next++] = (struct sock_filter)__VA_ARGS__
    ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])));
    ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MARK, 0, 3));
    ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5]) + 4));
    ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1));
    ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    /* Opening to read is not for us, and the loader of the next program does it before we are there. */
    ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
    ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3));
    ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])));
    ADD(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY), 1, 0));
    ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
    for (size_t index = 0; index < CALLS; index++) {
        ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[index].number, (unsigned char)(CALLS - index), 0));
    }
    ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP));
    struct sock_fprog program = {.len = next, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        perror("the shim cannot set its filter");
        _exit(97);
    }
}
