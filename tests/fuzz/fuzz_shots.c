/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target of the reader of sampled bits: what is read is clean b8, can be written in every
 * format and read again to the same bits, and does not depend on how many shots a call asks for.
 * The first four bytes of an input choose format and layout, the rest is the file. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "model/ecc/shots.h"

enum { HEAD_BYTES = 4, FEW = 3, MANY = 64 };

typedef struct shots {
    uint8_t *bytes;
    uint64_t count;
    int status;
} shots;

/* Reads all shots of a text, `most` of them per call. */
static shots read_all(const void *text, size_t length, brg_shots_format format,
                      const brg_shots_layout *layout, uint64_t most) {
    const size_t bytes = (size_t)brg_shots_bytes(layout);
    shots s = {NULL, 0, BRG_OK};
    /* fmemopen takes no empty buffer. */
    FILE *from = length ? fmemopen((void *)(uintptr_t)text, length, "r") : fopen("/dev/null", "r");
    brg_diag *diag = NULL;
    brg_shots_reader *reader = NULL;
    FUZZ_CHECK(from != NULL && brg_diag_new(&diag) == BRG_OK);
    FUZZ_CHECK(brg_shots_reader_new(&reader, from, format, layout, "fuzz", diag) == BRG_OK);
    uint64_t count = most;
    while (!s.status && count == most) {
        /* Exactly as large as what may be written, so that one byte more is seen. */
        uint8_t *larger = realloc(s.bytes, (size_t)(s.count + most) * bytes);
        FUZZ_CHECK(larger != NULL);
        s.bytes = larger;
        s.status = brg_shots_read(reader, s.bytes + s.count * bytes, bytes, most, &count);
        FUZZ_CHECK(count <= most);
        s.count += count;
    }
    FUZZ_CHECK(s.status == BRG_OK || s.status == BRG_EINPUT);
    FUZZ_CHECK(brg_diag_count(diag) == (s.status ? 1 : 0));
    uint64_t after = 1;
    uint8_t *one = malloc(bytes);
    FUZZ_CHECK(one != NULL && brg_shots_read(reader, one, bytes, 1, &after) == s.status);
    FUZZ_CHECK(after == 0);
    free(one);
    brg_shots_reader_destroy(&reader);
    brg_diag_destroy(&diag);
    fclose(from);
    return s;
}

static void check_padding(const shots *s, const brg_shots_layout *layout) {
    const uint64_t bits = layout->measurements + layout->detectors + layout->observables;
    const size_t bytes = (size_t)brg_shots_bytes(layout);
    if (bits % 8 == 0) return;
    for (uint64_t i = 1; i <= s->count; i++) FUZZ_CHECK(s->bytes[i * bytes - 1] >> (bits % 8) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < HEAD_BYTES) return 0;
    const brg_shots_format format = (brg_shots_format)(data[0] % BRG_SHOTS_FORMATS);
    const brg_shots_layout layout = {data[1], data[2], data[3] % 65};
    if (layout.measurements + layout.detectors + layout.observables == 0) return 0;
    const size_t bytes = (size_t)brg_shots_bytes(&layout);
    const char *text = (const char *)data + HEAD_BYTES;

    shots all = read_all(text, size - HEAD_BYTES, format, &layout, MANY);
    shots few = read_all(text, size - HEAD_BYTES, format, &layout, FEW);
    FUZZ_CHECK(all.status == few.status && all.count == few.count);
    FUZZ_CHECK(memcmp(all.bytes, few.bytes, (size_t)all.count * bytes) == 0);
    check_padding(&all, &layout);

    for (int f = 0; f < BRG_SHOTS_FORMATS; f++) {
        char *written = NULL;
        size_t length = 0;
        FILE *to = open_memstream(&written, &length);
        FUZZ_CHECK(to != NULL);
        FUZZ_CHECK(brg_shots_write(to, (brg_shots_format)f, &layout, all.bytes, bytes, all.count) ==
                   BRG_OK);
        fclose(to);
        shots again = read_all(written, length, (brg_shots_format)f, &layout, MANY);
        FUZZ_CHECK(again.status == BRG_OK && again.count == all.count);
        FUZZ_CHECK(memcmp(again.bytes, all.bytes, (size_t)all.count * bytes) == 0);
        free(again.bytes);
        free(written);
    }
    free(all.bytes);
    free(few.bytes);
    return 0;
}
