/* SPDX-License-Identifier: Apache-2.0 */
/* C face of the verilated brg_qec_decoder and brg_qec_unit: the pins of a cycle in, the pins of
 * that cycle out. Vectors are a byte (0 or 1) a bit. */
#ifndef BRG_TESTS_QEC_FACE_H
#define BRG_TESTS_QEC_FACE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { QEC_FACE_BITS = 1024, QEC_FACE_DATA = 225 };

typedef struct {
    bool rst_n, clear, start_valid, done_ready, open;
    uint32_t layers, commit;
    uint8_t events[QEC_FACE_BITS];
} qec_decoder_in;

typedef struct {
    bool start_ready, done_valid;
    uint32_t observable, cycles, state, tokens, growths, quiet;
    uint8_t flips[QEC_FACE_DATA], residual[QEC_FACE_BITS]; /* while done_valid */
} qec_decoder_out;

typedef struct qec_decoder_face qec_decoder_face;
qec_decoder_face *qec_decoder_face_new(void);
int qec_decoder_face_distance(void);
int qec_decoder_face_layers(void);
int qec_decoder_face_basis(void);
/* load: the vector `events` has changed since the call before. */
void qec_decoder_face_cycle(qec_decoder_face *face, const qec_decoder_in *in, bool load,
                            qec_decoder_out *out);
void qec_decoder_face_destroy(qec_decoder_face **face);

typedef struct {
    bool rst_n, clear, back_pressure, in_valid, in_last, update_ready;
    uint32_t skip, depth;
    uint64_t syndrome;
} qec_unit_in;

typedef struct {
    bool in_ready, update_valid, update_last, overflow, idle;
    uint32_t observable, rounds, cycles, frame_observable, lost, level, high_water, held_cycles,
        busy_cycles, state, tokens, growths, held_rounds, quiet;
    uint64_t flips, frame;
} qec_unit_out;

typedef struct qec_unit_face qec_unit_face;
/* waves: name of an FST file, NULL for none. */
qec_unit_face *qec_unit_face_new(const char *waves);
int qec_unit_face_distance(void);
int qec_unit_face_layers(void);
int qec_unit_face_commit(void);
int qec_unit_face_basis(void);
void qec_unit_face_cycle(qec_unit_face *face, const qec_unit_in *in, qec_unit_out *out);
void qec_unit_face_destroy(qec_unit_face **face);

#ifdef __cplusplus
}
#endif

#endif
