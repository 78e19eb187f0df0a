/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline: what may be appended, and its CSV form there and back. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "csim/timeline.h"
#include "schedule.h"

static char folder[] = "/tmp/brigade_timeline_XXXXXX";

static int setup(void **unused) {
    (void)unused;
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **unused) {
    (void)unused;
    DIR *d = opendir(folder);
    if (!d) return -1;
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.') remove(path);
    }
    closedir(d);
    return rmdir(folder);
}

static const char *in_folder(char *path, const char *name) {
    sprintf(path, "%s/%s", folder, name);
    return path;
}

static char *read_text(const char *path) {
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, f) < (1 << 20) - 1);
    fclose(f);
    return text;
}

static void write_text(const char *path, const char *text, size_t length) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, length, f), length);
    fclose(f);
}

static void assert_same(const brg_timeline *a, const brg_timeline *b) {
    assert_string_equal(brg_timeline_program(a), brg_timeline_program(b));
    const brg_qram *p = brg_timeline_qram(a), *q = brg_timeline_qram(b);
    assert_int_equal(p->routers, q->routers);
    assert_int_equal(p->address_width, q->address_width);
    assert_int_equal(p->word_width, q->word_width);
    assert_int_equal(brg_timeline_qram(a)->page_bits, brg_timeline_qram(b)->page_bits);
    assert_int_equal(brg_timeline_slices(a), brg_timeline_slices(b));
    assert_int_equal(brg_timeline_queries(a), brg_timeline_queries(b));
    assert_int_equal(brg_timeline_data_versions(a), brg_timeline_data_versions(b));
    for (int32_t v = 0; v < brg_timeline_data_versions(a); v++) {
        const brg_planes *x = brg_timeline_data(a, v), *y = brg_timeline_data(b, v);
        assert_memory_equal(x->bits, y->bits, x->plane_words * x->word_width * sizeof *x->bits);
    }
    for (size_t i = 0; i < brg_timeline_slices(a); i++) {
        const brg_slice *x = brg_timeline_slice(a, i), *y = brg_timeline_slice(b, i);
        assert_int_equal(x->query, y->query);
        assert_int_equal(x->slice, y->slice);
        assert_true(x->start_ps == y->start_ps && x->duration_ps == y->duration_ps);
        for (int c = 0; c < BRG_CAUSE_COUNT; c++) assert_true(x->wait_ps[c] == y->wait_ps[c]);
        assert_int_equal(x->data_version, y->data_version);
        const brg_slice_ops *o = &x->ops, *r = &y->ops;
        assert_int_equal(o->route, r->route);
        assert_int_equal(o->latch, r->latch);
        assert_true(o->unlatch == r->unlatch && o->basis_in == r->basis_in &&
                    o->basis_out == r->basis_out);
        assert_true(o->a_in == r->a_in && o->a_out == r->a_out && o->d_in == r->d_in &&
                    o->d_out == r->d_out && o->fetch == r->fetch);
        assert_true(o->d_in_page == r->d_in_page && o->d_out_page == r->d_out_page);
    }
}

static void test_append(void **unused) {
    (void)unused;
    const brg_qram q = {BRG_TWO_LEVEL, 2, 1, 0};
    brg_planes *data = schedule_parity(2, 1), *other = schedule_parity(2, 1);
    brg_timeline *t = NULL;
    int32_t version = -1;
    assert_int_equal(brg_timeline_new(&t, "two\nlines", &q), BRG_EINVAL);
    assert_int_equal(brg_timeline_new(&t, "p", &q), BRG_OK);
    assert_int_equal(brg_timeline_add_data(t, data, &version), BRG_OK);
    assert_int_equal(version, 0);
    brg_planes_set(other, 0, 3, true);
    assert_int_equal(brg_timeline_add_data(t, other, &version), BRG_OK);
    assert_int_equal(version, 1);
    assert_int_equal(brg_timeline_add_data(t, data, &version), BRG_OK);
    assert_int_equal(version, 0); /* equal data, one version */

    brg_slice s = {.slice = 1, .duration_ps = 10, .data_version = -1};
    s.ops = brg_slice_ops_none();
    brg_slice bad = s;
#define REFUSED(change)                                             \
    do {                                                            \
        bad = s;                                                    \
        change;                                                     \
        assert_int_equal(brg_timeline_append(t, &bad), BRG_EINVAL); \
    } while (0)
    REFUSED(bad.query = 1);
    REFUSED(bad.slice = 2);
    REFUSED(bad.slice = 0);
    REFUSED(bad.wait_ps[2] = 1); /* no time for it before start 0 */
    REFUSED(bad.data_version = 0);
    REFUSED(bad.ops.fetch = 0);
    REFUSED((bad.ops.fetch = 0, bad.data_version = 2));
    REFUSED(bad.ops.a_in = 2);
    REFUSED(bad.ops.route = 2);
    REFUSED(bad.duration_ps = UINT64_MAX);
    REFUSED(bad.start_ps = UINT64_MAX);
    REFUSED((bad.wait_ps[0] = UINT64_MAX, bad.wait_ps[1] = 2));
    assert_int_equal(brg_timeline_append(t, &s), BRG_OK);
    s.slice = 2;
    s.start_ps = 15;
    s.wait_ps[0] = 3;
    REFUSED(bad.slice = 3);
    REFUSED(bad.query = 2);
    REFUSED(bad.query = 1); /* the next query begins with slice 1 */
    REFUSED(bad.start_ps = 12);
    assert_int_equal(brg_timeline_append(t, &s), BRG_OK);
    s.query = 1;
    s.slice = 1;
    s.start_ps = 30;
    assert_int_equal(brg_timeline_append(t, &s), BRG_OK);
#undef REFUSED
    size_t count = 0;
    assert_int_equal(brg_timeline_queries(t), 2);
    assert_int_equal(brg_timeline_query(t, 0, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(brg_timeline_query(t, 1, &count), 2);
    assert_int_equal(count, 1);
    brg_timeline_query(t, 2, &count);
    assert_int_equal(count, 0);
    assert_null(brg_timeline_slice(t, 3));
    assert_null(brg_timeline_data(t, 2));
    assert_null(brg_timeline_data(t, -1));

    brg_timeline *fast = NULL;
    assert_int_equal(brg_timeline_without(&fast, t, 1u << BRG_CAUSE_MEMORY), BRG_OK);
    assert_int_equal(brg_timeline_slice(fast, 1)->start_ps, 12); /* the gap of 2 ps stays */
    assert_int_equal(brg_timeline_slice(fast, 2)->start_ps, 24);
    assert_int_equal(brg_slice_wait_ps(brg_timeline_slice(fast, 1)), 0);
    brg_timeline_destroy(&fast);
    assert_int_equal(brg_timeline_without(&fast, t, 1u << BRG_CAUSE_LATCH), BRG_OK);
    assert_same(fast, t);
    brg_timeline_destroy(&fast);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&data);
    brg_planes_destroy(&other);
}

static void test_names(void **unused) {
    (void)unused;
    assert_string_equal(brg_cause_name(BRG_CAUSE_MEMORY), "memory");
    assert_string_equal(brg_cause_name(BRG_CAUSE_CONTROL), "control");
    assert_null(brg_cause_name(BRG_CAUSE_COUNT));
    assert_null(brg_cause_name((brg_cause)-1));
}

/* Random waits and times to the picosecond, both models, several queries and data versions. */
static void test_round_trip(void **unused) {
    (void)unused;
    uint64_t state = test_seed(6);
    for (int round = 0; round < 30; round++) {
        const brg_qram q = {(brg_routers)(round & 1), 1 + (uint32_t)(test_random(&state) % 6),
                            1 + (uint32_t)(test_random(&state) % 20),
                            round % 3 ? 0 : 1 + (uint32_t)(test_random(&state) % 4)};
        brg_timeline *t = NULL, *back = NULL;
        uint64_t now = 0;
        char path[512];
        assert_int_equal(brg_timeline_new(&t, "bucket_brigade", &q), BRG_OK);
        for (uint32_t query = 0; query < 2; query++) {
            brg_planes *data = schedule_random(q.address_width, q.word_width, &state);
            int32_t version = -1;
            assert_int_equal(brg_timeline_add_data(t, data, &version), BRG_OK);
            brg_planes_destroy(&data);
            for (uint32_t s = 1; s <= schedule_all_slices(&q); s++) {
                brg_slice slice = {.query = query, .slice = s, .data_version = -1};
                slice.ops = schedule_ops(&q, s);
                if (slice.ops.fetch >= 0) slice.data_version = version;
                for (int c = 0; c < BRG_CAUSE_COUNT; c++)
                    if (test_random(&state) % 4 == 0)
                        slice.wait_ps[c] = test_random(&state) % 10000000;
                slice.duration_ps = test_random(&state) % 1000000;
                slice.start_ps = now + brg_slice_wait_ps(&slice) + test_random(&state) % 3;
                now = slice.start_ps + slice.duration_ps;
                assert_int_equal(brg_timeline_append(t, &slice), BRG_OK);
            }
        }
        brg_diag *diag = NULL;
        assert_int_equal(brg_diag_new(&diag), BRG_OK);
        in_folder(path, "round.csv");
        assert_int_equal(brg_timeline_write_csv(t, path), BRG_OK);
        const int rc = brg_timeline_read_csv(&back, path, diag);
        brg_diag_print(diag, stderr);
        assert_int_equal(rc, BRG_OK);
        assert_same(t, back);
        brg_diag_destroy(&diag);
        brg_timeline_destroy(&back);
        brg_timeline_destroy(&t);
    }
}

/* A small timeline, written to `name`; also the base of the malformed files. */
static void write_small(const char *name) {
    const brg_qram q = {BRG_TWO_LEVEL, 1, 1, 0};
    brg_planes *data = schedule_parity(1, 1);
    brg_timeline *t = schedule_timeline(&q, data, 1, 100500, 0, BRG_CAUSE_MEMORY);
    brg_slice s = {.query = 1, .slice = 1, .start_ps = 2000001, .data_version = -1};
    char path[512];
    s.ops = brg_slice_ops_none();
    s.wait_ps[BRG_CAUSE_MEMORY] = 592000;
    s.wait_ps[BRG_CAUSE_LATCH] = 8040;
    assert_int_equal(brg_timeline_append(t, &s), BRG_OK);
    assert_int_equal(brg_timeline_write_csv(t, in_folder(path, name)), BRG_OK);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&data);
}

static const char *const small_lines[] = {
    "# schema: brigade.timeline/1",
    "# program: bucket_brigade",
    "# routers: two_level",
    "# address_width: 1",
    "# word_width: 1",
    "query,slice,start_ns,duration_ns,wait_ns,cause,data_version,operations",
    "0,1,0,100.5,0,,,a_in:0",
    "0,2,100.5,100.5,0,,,latch:0",
    "0,3,201,100.5,0,,,basis_in d_in:0",
    "0,4,301.5,100.5,0,,0,fetch:0",
    "0,5,402,100.5,0,,,d_out:0 basis_out",
    "0,6,502.5,100.5,0,,,unlatch:0",
    "0,7,603,100.5,0,,,a_out:0",
    "1,1,2000.001,0,600.04,memory:592+latch:8.04,,idle",
};

static void test_exact_text(void **unused) {
    (void)unused;
    char path[512];
    write_small("small.csv");
    char *text = read_text(in_folder(path, "small.csv"));
    size_t line = 0;
    for (char *at = strtok(text, "\n"); at; at = strtok(NULL, "\n")) {
        if (strncmp(at, "# data: ", 8) == 0) {
            assert_non_null(strstr(at, "# data: 0 fnv1a:"));
            assert_non_null(strstr(at, " small.csv.data0.raw"));
            continue;
        }
        assert_true(line < sizeof small_lines / sizeof *small_lines);
        assert_string_equal(at, small_lines[line++]);
    }
    assert_int_equal(line, sizeof small_lines / sizeof *small_lines);
    free(text);
    char *raw = read_text(in_folder(path, "small.csv.data0.raw"));
    assert_memory_equal(raw, "\0\1\0", 3);
    free(raw);
}

/* The pages of a table stand in the head, with a version each, and at the operations. */
static void test_paged_text(void **unused) {
    (void)unused;
    char path[512];
    const brg_qram q = {BRG_TWO_LEVEL, 1, 1, 1};
    brg_planes *table = schedule_parity(2, 1); /* pages 01 and 10 */
    brg_timeline *t = schedule_timeline(&q, table, 1, 100000, 0, BRG_CAUSE_MEMORY);
    assert_int_equal(brg_timeline_write_csv(t, in_folder(path, "paged.csv")), BRG_OK);
    char *text = read_text(path);
    static const char *const parts[] = {"# word_width: 1\n# page_bits: 1\n# data: 0 fnv1a:",
                                        "\n# data: 1 fnv1a:",
                                        "\n0,3,200,100,0,,,basis_in d_in:0@0\n",
                                        "\n0,4,300,100,0,,0,fetch:0\n",
                                        "\n0,5,400,100,0,,,d_in:0@1 d_out:0@0\n",
                                        "\n0,6,500,100,0,,1,fetch:0\n",
                                        "\n0,7,600,100,0,,,d_out:0@1 basis_out\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!strstr(text, parts[i])) print_error("missing: %s\n", parts[i]);
        assert_non_null(strstr(text, parts[i]));
    }
    free(text);
    brg_timeline_destroy(&t);
    brg_planes_destroy(&table);
}

typedef struct edit {
    const char *from, *to; /* the first `from` becomes `to` */
    const char *message;   /* how the message goes on after the file name */
} edit;

static const edit edits[] = {
    {"timeline/1", "timeline/2", ":1:11: schema: "},
    {"# schema", "#schema", ":1:1: "},
    {"# program: bucket_brigade\n", "", ":2:1: "},
    {"bucket_brigade", "\tname", ":2:12: program: "},
    {"two_level", "four_level", ":3:12: routers: "},
    {"address_width: 1", "address_width: 0", ":4:18: address_width: "},
    {"address_width: 1", "address_width: 25", ":4:18: address_width: "},
    {"address_width: 1", "address_width: 1 ", ":4:18: address_width: "},
    {"word_width: 1", "word_width: 65", ":5:15: word_width: "},
    {"word_width: 1", "word_width: 01", ":5:15: word_width: "},
    {"word_width: 1", "word_width: 2", ":6:11: data: "}, /* another hash */
    {"data: 0", "data: 1", ":6:9: data: "},
    {"fnv1a:", "sha1:", ":6:11: data: "},
    {"small.csv.data0", "../small.csv.data0", ":6:34: data: "},
    {"small.csv.data0", "missing.data0", ":6:34: data: "},
    {"query,slice", "slice,query", ":7:1: "},
    {"\n0,1,", "\n,1,", ":8:1: query: "},
    {"\n0,1,", "\n-1,1,", ":8:1: query: "},
    {"\n0,1,", "\n4294967296,1,", ":8:1: query: "},
    {"\n0,1,", "\n1,1,", ":8:1: query: "},
    {"\n0,1,", "\n0,2,", ":8:3: slice: "},
    {"\n0,1,", "\n0,1e0,", ":8:3: slice: "},
    {"\n0,1,", "\n\n0,1,", ":8:1: "}, /* an empty line is no slice */
    {"0,2,100.5,", "0,2,100.4,", ":9:5: start_ns: "},
    {"0,2,100.5,", "0,2,nan,", ":9:5: start_ns: "},
    {"0,2,100.5,", "0,2,100.5000,", ":9:5: start_ns: "},
    {"0,2,100.5,", "0,2,100.,", ":9:5: start_ns: "},
    {"0,2,100.5,", "0,2,99999999999999999999,", ":9:5: start_ns: "},
    {"0,2,100.5,100.5", "0,2,100.5,-1", ":9:11: duration_ns: "},
    {"0,2,100.5,100.5", "0,2,100.5,4611686018427386", ":9:11: duration_ns: "},
    {"0,2,100.5,100.5,0", "0,2,100.5,100.5,", ":9:17: wait_ns: "},
    {"0,2,100.5,100.5,0,", "0,2,100.5,100.5,7,", ":9:19: cause: "},
    {"0,2,100.5,100.5,0,", "0,2,100.5,100.5,0,memory", ":9:19: cause: "},
    {"0,2,100.5,100.5,0,", "0,2,100.5,100.5,7,memory", ":9:5: start_ns: "},
    {"memory:592+latch:8.04", "memory:592+lunch:8.04", ":15:34: cause: "},
    {"memory:592+latch:8.04", "memory:592+latch:8.05", ":15:23: cause: "},
    {"memory:592+latch:8.04", "latch:8.04+memory:592", ":15:34: cause: "},
    {"memory:592+latch:8.04", "memory:600.04+latch", ":15:37: cause: "},
    {"memory:592+latch:8.04", "memory:600.04+", ":15:23: cause: "},
    {"memory:592+latch:8.04", "memory:592+memory:8.04", ":15:34: cause: "},
    {",0,fetch:0", ",,fetch:0", ":11:20: data_version: "},
    {",0,fetch:0", ",1,fetch:0", ":11:20: data_version: "},
    {",0,fetch:0", ",x,fetch:0", ":11:20: data_version: "},
    {",,latch:0", ",0,latch:0", ":9:20: data_version: "},
    {"latch:0", "", ":9:21: operations: "},
    {"latch:0", "latch", ":9:21: operations: "},
    {"latch:0", "latch:1", ":9:21: operations: "},
    {"latch:0", "latch:24", ":9:21: operations: "},
    {"latch:0", "latch:0 latch:0", ":9:29: operations: "},
    {"latch:0", "latch:0 unlatch:0", ":9:29: operations: "},
    {"latch:0", "latch:0 ", ":9:21: operations: "},
    {"latch:0", "latch:0 idle", ":9:29: operations: "},
    {"latch:0", "latch:0,", ":9:21: operations: "},
    {"latch:0", "idle:0", ":9:21: operations: "},
    {"latch:0", "jump:0", ":9:21: operations: "},
    {"latch:0", "basis_in", ":9:21: operations: "},
    {"latch:0", "latch:0 fetch:0", ":9:20: data_version: "},
    {"latch:0", "latch:0\r", ":9:21: operations: "},
    {"0,7,603,100.5,0,,,a_out:0", "0,7,603", ":14:5: "},
    {"0,7,603,100.5,0,,,a_out:0", "0,7,603,100.5,0,,", ":14:18: "},
    {"basis_in d_in:0", "d_in:0 basis_in", ":10:26: operations: "},
    {"word_width: 1", "word_width: 1\n# page_bits: 0", ":6:14: page_bits: "},
    {"word_width: 1", "word_width: 1\n# page_bits: 13", ":6:14: page_bits: "},
    {"address_width: 1\n# word_width: 1", "address_width: 24\n# word_width: 1\n# page_bits: 1",
     ":6:1: page_bits: "},
    {"d_in:0", "d_in:0@1", ":10:19: operations: "}, /* of one page */
    {"d_in:0", "d_in:0@", ":10:28: operations: "},
    {"d_in:0", "d_in:0@4096", ":10:28: operations: "},
    {"latch:0", "latch:0@1", ":9:21: operations: "},
};

static void expect_error(const char *path, const char *message) {
    brg_timeline *t = NULL;
    brg_diag *diag = NULL;
    char expected[640];
    assert_int_equal(brg_diag_new(&diag), BRG_OK);
    const int rc = brg_timeline_read_csv(&t, path, diag);
    assert_null(t);
    snprintf(expected, sizeof expected, "%s%s", path, message);
    const char *got = brg_diag_message(diag, 0);
    if (rc != BRG_EINPUT || brg_diag_count(diag) != 1 || !got ||
        strncmp(got, expected, strlen(expected)) != 0) {
        print_error("rc %d, expected %s..., got %s\n", rc, expected, got ? got : "nothing");
        fail();
    }
    brg_diag_destroy(&diag);
}

static void test_malformed(void **unused) {
    (void)unused;
    char path[512], small[512];
    write_small("small.csv");
    char *text = read_text(in_folder(small, "small.csv"));
    in_folder(path, "bad.csv");
    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        const edit *e = &edits[i];
        char *at = strstr(text, e->from);
        assert_non_null(at);
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        fprintf(f, "%.*s%s%s", (int)(at - text), text, e->to, at + strlen(e->from));
        fclose(f);
        expect_error(path, e->message);
    }
    /* Cut off anywhere before the column line, a file is not a timeline; after it, only a cut
     * within a line is seen. */
    const size_t head = (size_t)(strstr(text, "\n0,1,") - text);
    for (size_t length = 0; length < head; length++) {
        write_text(path, text, length);
        expect_error(path, ":");
    }
    free(text);
}

static void test_bad_data_files(void **unused) {
    (void)unused;
    char path[512], raw[512];
    write_small("raw.csv");
    in_folder(path, "raw.csv");
    in_folder(raw, "raw.csv.data0.raw");
    const char *const where = ":6:34: data: ";
    write_text(raw, "\0", 1);
    expect_error(path, where);
    write_text(raw, "\0\1\0", 3);
    expect_error(path, where);
    write_text(raw, "\0\2", 2); /* a word of more than k = 1 bits */
    expect_error(path, where);
    write_text(raw, "\1\1", 2);
    expect_error(path, ":6:11: data: "); /* the hash */
    remove(raw);
    expect_error(path, where);
    expect_error(folder, ": cannot be read: ");
    in_folder(path, "nothing.csv");
    expect_error(path, ": cannot be read: ");
    uint64_t state = test_seed(8);
    char noise[4096];
    for (size_t i = 0; i < sizeof noise; i++) noise[i] = (char)test_random(&state);
    write_text(path, noise, sizeof noise);
    expect_error(path, ":1:1: ");
}

static void test_unwritable(void **unused) {
    (void)unused;
    const brg_qram q = {BRG_TWO_LEVEL, 1, 1, 0};
    brg_timeline *t = NULL;
    char path[512];
    assert_int_equal(brg_timeline_new(&t, "p", &q), BRG_OK);
    errno = 0;
    assert_int_equal(brg_timeline_write_csv(t, in_folder(path, "no/such/folder.csv")), BRG_EIO);
    assert_int_equal(errno, ENOENT);
    /* A folder stands where the file should go: nothing is left behind. */
    in_folder(path, "taken");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(brg_timeline_write_csv(t, path), BRG_EIO);
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) assert_null(strstr(e->d_name, ".tmp"));
    closedir(d);
    rmdir(path);
    brg_timeline_destroy(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),     cmocka_unit_test(test_names),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_exact_text),
        cmocka_unit_test(test_malformed),  cmocka_unit_test(test_bad_data_files),
        cmocka_unit_test(test_unwritable), cmocka_unit_test(test_paged_text),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
