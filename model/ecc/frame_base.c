/* SPDX-License-Identifier: Apache-2.0 */
/* The frame kernels for any machine: vectors of 16 bytes. */
#include "model/ecc/frame.h"

#define VECTOR_BYTES 16
#define N(name) name##_base
#include "model/ecc/frame_kernels.h"

const brg_frame_kernels brg_frame_base = {"base", run_base};
