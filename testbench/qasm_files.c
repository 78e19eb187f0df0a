/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what an OpenQASM program names. */
#include "testbench/qasm_files.h"

#include <stdlib.h>
#include <string.h>

#include "model/image.h"

enum { MOST_IMAGE_BYTES = 1 << 28 };

int brg_qasm_read_include(void *user, const char *path, void **data, size_t *length) {
    (void)user;
    return brg_read_file(data, length, path, BRG_QASM_MOST_BYTES, NULL);
}

static int read_table(const brg_qasm_table *t, brg_planes **out, brg_diag *diag) {
    void *data = NULL;
    size_t length = 0;
    int status = brg_read_file(&data, &length, t->path, MOST_IMAGE_BYTES, diag);
    if (status) {
        brg_diag_add(diag, t->file, t->line, t->column, NULL, "the image of '%s' cannot be read",
                     t->name);
        return BRG_EINPUT;
    }
    const size_t size = strlen(t->path);
    const bool csv = size > 4 && strcmp(t->path + size - 4, ".csv") == 0;
    status =
        csv ? brg_image_parse_csv(out, t->address_width, t->word_width, data, length, t->path, diag)
            : brg_image_parse_raw(out, t->address_width, t->word_width, data, length, t->path,
                                  diag);
    free(data);
    return status;
}

int brg_qasm_load_image(const brg_qasm_table *t, uint64_t seed, brg_planes **out, brg_diag *diag) {
    if (t->path) return read_table(t, out, diag);
    if (strcmp(t->image, "parity") == 0)
        return brg_image_parity(out, t->address_width, t->word_width);
    if (strcmp(t->image, "random") == 0)
        return brg_image_random(out, t->address_width, t->word_width, seed);
    return brg_planes_new(out, t->address_width, t->word_width);
}
