/* SPDX-License-Identifier: Apache-2.0 */
/* Memory images: the classical table that a query reads. Formats: docs/images.md. */
#ifndef BRG_MODEL_IMAGE_H
#define BRG_MODEL_IMAGE_H

#include "csim/qram.h"
#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Every bit of the word of cell i is the parity of i. */
int brg_image_parity(brg_planes **out, uint32_t address_width, uint32_t word_width);
/* Random words, the same for the same seed. */
int brg_image_random(brg_planes **out, uint32_t address_width, uint32_t word_width, uint64_t seed);
/* raw: 2^n words in address order, each ceil(k/8) bytes little-endian, unused high bits 0, and
 * nothing else. */
int brg_image_parse_raw(brg_planes **out, uint32_t address_width, uint32_t word_width,
                        const void *data, size_t length, const char *file, brg_diag *diag);
/* csv: a `value` per line for cell 0, 1, ..., or `index,value` lines in any order, each cell once;
 * decimal or 0x hexadecimal; `#` comments and blank lines; one optional header line `value` or
 * `index,value`. */
int brg_image_parse_csv(brg_planes **out, uint32_t address_width, uint32_t word_width,
                        const char *text, size_t length, const char *file, brg_diag *diag);
/* The memory image that a controller loads its pages from (docs/images.md): page after page, each
 * of brg_image_page_bytes, its planes as in csim/qram.h, low byte first whatever the machine.
 * Page p of a table begins at p * brg_image_page_bytes(n, k); 0 for a shape out of range. */
uint64_t brg_image_page_bytes(uint32_t address_width, uint32_t word_width);
/* Page p alone is brg_planes_page (csim/qram.h). *bytes is malloc'ed, K * page bytes long.
 * page_bits is 0..12 and below the table's address width, else BRG_EINVAL. */
int brg_image_layout(uint8_t **bytes, uint64_t *length, const brg_planes *table,
                     uint32_t page_bits);
/* Reads a whole file of at most limit bytes. *data is malloc'ed and has a 0 byte after its end. */
int brg_read_file(void **data, size_t *length, const char *path, size_t limit, brg_diag *diag);

#ifdef __cplusplus
}
#endif
#endif
