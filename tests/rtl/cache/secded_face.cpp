// SPDX-License-Identifier: Apache-2.0
// C face of the verilated brg_secded.
#include "secded_face.h"

#include <new>

#include "Vbrg_secded.h"
#include "verilated.h"

struct secded_face {
    VerilatedContext context;
    Vbrg_secded top{&context};
};

secded_face *secded_face_new(void) {
    return new (std::nothrow) secded_face;
}

uint8_t secded_face_encode(secded_face *face, uint64_t data) {
    face->top.enc_data_i = data;
    face->top.eval();
    return face->top.enc_check_o;
}

uint64_t secded_face_decode(secded_face *face, uint64_t data, uint8_t check, int *corrected,
                            int *uncorrectable) {
    face->top.dec_data_i = data;
    face->top.dec_check_i = check;
    face->top.eval();
    *corrected = face->top.dec_corrected_o;
    *uncorrectable = face->top.dec_uncorrectable_o;
    return face->top.dec_data_o;
}

void secded_face_destroy(secded_face **face) {
    if (*face) {
        (*face)->top.final();
        delete *face;
        *face = nullptr;
    }
}
