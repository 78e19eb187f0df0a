/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target of the image readers. The first two bytes choose format, n (1..10) and k (1..64);
 * an accepted image written as csv must be read back as the same planes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "model/image.h"

static void check_planes(const brg_planes *p, uint32_t n, uint32_t k) {
    FUZZ_CHECK(p->address_width == n && p->word_width == k);
    const size_t cells = (size_t)1 << n;
    for (uint32_t j = 0; j < k; j++)
        for (size_t bit = cells; bit < p->plane_words * 64; bit += 64 - bit % 64) {
            uint64_t rest = p->bits[j * p->plane_words + bit / 64];
            if (bit % 64 != 0) rest >>= bit % 64;
            FUZZ_CHECK(rest == 0);
        }
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (stream == NULL) return;
    fprintf(stream, "index,value\n");
    for (size_t cell = cells; cell-- > 0;)
        fprintf(stream, "%zu,0x%llx\n", cell, (unsigned long long)brg_planes_word(p, cell));
    fclose(stream);
    brg_planes *again = NULL;
    FUZZ_CHECK(brg_image_parse_csv(&again, n, k, text, length, "again", NULL) == BRG_OK);
    FUZZ_CHECK(brg_planes_hash(again) == brg_planes_hash(p));
    brg_planes_destroy(&again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    const uint32_t n = 1 + (data[0] & 0x7Fu) % 10, k = 1 + data[1] % 64u;
    const bool csv = data[0] < 0x80;
    brg_planes *p = NULL;
    brg_diag *diag = NULL;
    if (brg_diag_new(&diag) != BRG_OK) return 0;
    const int status =
        csv ? brg_image_parse_csv(&p, n, k, (const char *)data + 2, size - 2, "f", diag)
            : brg_image_parse_raw(&p, n, k, data + 2, size - 2, "f", diag);
    FUZZ_CHECK((status == BRG_OK) == (p != NULL));
    FUZZ_CHECK((status == BRG_EINPUT) == (brg_diag_count(diag) > 0));
    if (p != NULL) check_planes(p, n, k);
    brg_planes_destroy(&p);
    brg_diag_destroy(&diag);
    return 0;
}
