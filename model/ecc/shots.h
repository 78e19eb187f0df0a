/* SPDX-License-Identifier: Apache-2.0 */
/* Files of sampled bits in Stim's result formats 01, b8 and dets. In memory a shot is b8: bit i in
 * bit i % 8 of byte i / 8, measurements first, then detectors, then observables, padding 0. */
#ifndef BRG_MODEL_ECC_SHOTS_H
#define BRG_MODEL_ECC_SHOTS_H

#include <stdint.h>

#include "csim/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum brg_shots_format {
    BRG_SHOTS_01,   /* a line of 0 and 1 per shot */
    BRG_SHOTS_B8,   /* ceil(bits / 8) bytes per shot, nothing between */
    BRG_SHOTS_DETS, /* a line per shot: `shot`, then M, D or L and a number for each bit that is 1
                     */
    BRG_SHOTS_FORMATS
} brg_shots_format;

/* "01", "b8", "dets"; NULL out of range. */
const char *brg_shots_format_name(brg_shots_format format);
/* BRG_EINVAL for any other text. */
int brg_shots_format_find(brg_shots_format *out, const char *name);

/* What the bits of a shot are. At least one bit, else no b8 file tells how many shots it has. */
typedef struct brg_shots_layout {
    uint64_t measurements, detectors, observables;
} brg_shots_layout;

/* Bytes of a shot. */
uint64_t brg_shots_bytes(const brg_shots_layout *layout);

/* Writes shots that stand `stride` bytes apart (at least brg_shots_bytes). BRG_EIO when the stream
 * fails; BRG_EINVAL for a stride too small or a layout without bits. */
int brg_shots_write(FILE *to, brg_shots_format format, const brg_shots_layout *layout,
                    const uint8_t *shots, size_t stride, uint64_t count);

typedef struct brg_shots_reader brg_shots_reader;
/* from and diag are borrowed for the reader's life; file names the stream in messages. */
int brg_shots_reader_new(brg_shots_reader **out, FILE *from, brg_shots_format format,
                         const brg_shots_layout *layout, const char *file, brg_diag *diag);
void brg_shots_reader_destroy(brg_shots_reader **reader);
/* Reads up to `most` shots; *count is fewer only at the end of the file or at an error, and then
 * holds the good ones before it. Strict: BRG_EINPUT with `file:line:column` (01, dets) or
 * `file: byte OFFSET` (b8) for other characters, lines too short or too long, an unfinished last
 * line or shot, numbers out of range or twice, padding bits that are not 0. Lines end with \n or
 * \r\n. BRG_EIO when the stream fails. After an error the reader keeps returning it. */
int brg_shots_read(brg_shots_reader *reader, uint8_t *shots, size_t stride, uint64_t most,
                   uint64_t *count);

#ifdef __cplusplus
}
#endif
#endif
