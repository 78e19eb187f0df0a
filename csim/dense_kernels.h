/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: the kernels of the dense engine for one precision and one vector width. Included once
 * per precision by a file that is compiled for one instruction set and defines REAL, INT, SIGN
 * (the sign bit of an INT), W (reals per vector: 2, 4, 8 or 16), LANE_BITS and N(name). */

typedef REAL N(vec) __attribute__((vector_size(W * sizeof(REAL)), may_alias));
typedef INT N(ivec) __attribute__((vector_size(W * sizeof(REAL)), may_alias));

#undef SHUFFLE
#if W == 2
#define SHUFFLE(x, k) __builtin_shufflevector(x, x, 0 ^ (k), 1 ^ (k))
#elif W == 4
#define SHUFFLE(x, k) __builtin_shufflevector(x, x, 0 ^ (k), 1 ^ (k), 2 ^ (k), 3 ^ (k))
#elif W == 8
#define SHUFFLE(x, k)                                                                            \
    __builtin_shufflevector(x, x, 0 ^ (k), 1 ^ (k), 2 ^ (k), 3 ^ (k), 4 ^ (k), 5 ^ (k), 6 ^ (k), \
                            7 ^ (k))
#else
#define SHUFFLE(x, k)                                                                            \
    __builtin_shufflevector(x, x, 0 ^ (k), 1 ^ (k), 2 ^ (k), 3 ^ (k), 4 ^ (k), 5 ^ (k), 6 ^ (k), \
                            7 ^ (k), 8 ^ (k), 9 ^ (k), 10 ^ (k), 11 ^ (k), 12 ^ (k), 13 ^ (k),   \
                            14 ^ (k), 15 ^ (k))
#endif

static inline INLINE N(vec) N(fill)(REAL x) {
    return x - (N(vec)){0};
}

/* Lane a of the result is lane a ^ by of x; `by` is a constant where this is inlined. */
static inline INLINE N(vec) N(lane_xor)(N(vec) x, unsigned by) {
    switch (by) {
#if W >= 4
        case 1:
            return SHUFFLE(x, 2);
#endif
#if W >= 8
        case 2:
            return SHUFFLE(x, 4);
        case 3:
            return SHUFFLE(x, 6);
#endif
#if W >= 16
        case 4:
            return SHUFFLE(x, 8);
        case 5:
            return SHUFFLE(x, 10);
        case 6:
            return SHUFFLE(x, 12);
#endif
        default:
            return x;
    }
}

/* (re, im) -> (-im, re): with it a complex product with a constant is two real ones. */
static inline INLINE N(vec) N(times_i)(N(vec) x, N(ivec) sign) {
    return (N(vec))((N(ivec))SHUFFLE(x, 1) ^ sign);
}

static inline INLINE N(ivec) N(sign_of_real)(void) {
    N(ivec) s = {0};
    for (int i = 0; i < W; i += 2) s[i] = SIGN;
    return s;
}

static inline INLINE N(vec) N(choose)(N(ivec) mask, N(vec) yes, N(vec) no) {
    return (N(vec))((mask & (N(ivec))yes) | (~mask & (N(ivec))no));
}

/* 2^high vectors in, each seen with every XOR of the lane targets, 2^high vectors out. */
static inline INLINE void N(matrix)(const brg_op *op, N(vec) * a, uint64_t begin, uint64_t end,
                                    const unsigned high, const unsigned lanes, const unsigned lane0,
                                    const unsigned lane1, const bool uniform) {
    const unsigned rows = 1u << high, seen = 1u << lanes, terms = rows * seen;
    const uint64_t fixed = op->fixed, value = op->value;
    const uint64_t offset[4] = {0, op->step[0], op->step[1], op->step[0] + op->step[1]};
    const N(ivec) sign = N(sign_of_real)();
    N(vec) c[32];
#pragma GCC unroll 32
    for (unsigned i = 0; i < 2u * rows * terms; i++)
        c[i] = uniform ? N(fill)(((const REAL *)(const void *)op->coef)[i])
                       : ((const N(vec) *)(const void *)op->coef)[i];
    uint64_t i = brg_deposit(begin, fixed);
    for (uint64_t n = begin; n < end; n++, i = brg_next(i, fixed)) {
        N(vec) *p = a + (i | value);
        N(vec) x[4], y[4];
#pragma GCC unroll 4
        for (unsigned j = 0; j < terms; j++) {
            const unsigned by = (j % seen & 1u ? lane0 : 0u) ^ (j % seen & 2u ? lane1 : 0u);
            x[j] = N(lane_xor)(p[offset[j / seen]], by);
            y[j] = N(times_i)(x[j], sign);
        }
#pragma GCC unroll 4
        for (unsigned r = 0; r < rows; r++) {
            N(vec) sum = c[2u * r * terms] * x[0];
            sum += c[2u * r * terms + 1u] * y[0];
#pragma GCC unroll 4
            for (unsigned j = 1; j < terms; j++) {
                sum += c[2u * (r * terms + j)] * x[j];
                sum += c[2u * (r * terms + j) + 1u] * y[j];
            }
            p[offset[r]] = sum;
        }
    }
}

/* Exchanges the amplitudes of partners: another vector (pair), another lane (by), or both. */
static inline INLINE void N(exchange)(const brg_op *op, N(vec) * a, uint64_t begin, uint64_t end,
                                      const bool pair, const unsigned by, const bool masked) {
    const uint64_t fixed = op->fixed, value = op->value, step = op->step[0];
    const N(ivec) m0 = *(const N(ivec) *)(const void *)op->mask[0];
    const N(ivec) m1 = *(const N(ivec) *)(const void *)op->mask[1];
    uint64_t i = brg_deposit(begin, fixed);
    for (uint64_t n = begin; n < end; n++, i = brg_next(i, fixed)) {
        N(vec) *p = a + (i | value);
        if (pair) {
            N(vec) *q = a + ((i | value) ^ step);
            const N(vec) x = *p, y = *q, to_p = N(lane_xor)(y, by), to_q = N(lane_xor)(x, by);
            *p = masked ? N(choose)(m0, to_p, x) : to_p;
            *q = masked ? N(choose)(m1, to_q, y) : to_q;
        } else {
            const N(vec) x = *p;
            *p = N(choose)(m0, N(lane_xor)(x, by), x);
        }
    }
}

static void N(scale)(const brg_op *op, N(vec) * a, uint64_t begin, uint64_t end) {
    const uint64_t fixed = op->fixed, value = op->value;
    const N(ivec) sign = N(sign_of_real)();
    const N(vec) re = ((const N(vec) *)(const void *)op->coef)[0];
    const N(vec) im = ((const N(vec) *)(const void *)op->coef)[1];
    uint64_t i = brg_deposit(begin, fixed);
    for (uint64_t n = begin; n < end; n++, i = brg_next(i, fixed)) {
        N(vec) *p = a + (i | value);
        const N(vec) x = *p;
        *p = re * x + im * N(times_i)(x, sign);
    }
}

/* Every shape is a loop of its own, so that shuffles and loop bounds are constants. */
static void N(run)(const brg_op *op, void *amplitudes, uint64_t begin, uint64_t end) {
    N(vec) *a = amplitudes;
    if (op->kind == BRG_OP_SCALE) {
        N(scale)(op, a, begin, end);
        return;
    }
    const unsigned x0 = op->lane[0];
    if (op->kind == BRG_OP_EXCHANGE) {
        if (!op->pair) {
            switch (x0) {
                case 1:
                    N(exchange)(op, a, begin, end, false, 1, true);
                    return;
                case 2:
                    N(exchange)(op, a, begin, end, false, 2, true);
                    return;
                case 3:
                    N(exchange)(op, a, begin, end, false, 3, true);
                    return;
                case 4:
                    N(exchange)(op, a, begin, end, false, 4, true);
                    return;
                case 5:
                    N(exchange)(op, a, begin, end, false, 5, true);
                    return;
                default:
                    N(exchange)(op, a, begin, end, false, 6, true);
                    return;
            }
        }
        switch (x0) {
            case 1:
                N(exchange)(op, a, begin, end, true, 1, true);
                return;
            case 2:
                N(exchange)(op, a, begin, end, true, 2, true);
                return;
            case 4:
                N(exchange)(op, a, begin, end, true, 4, true);
                return;
            default:
                if (op->masked)
                    N(exchange)(op, a, begin, end, true, 0, true);
                else
                    N(exchange)(op, a, begin, end, true, 0, false);
                return;
        }
    }
    const unsigned both = x0 | op->lane[1];
    if (op->lanes == 0 && op->high == 1) {
        if (op->uniform)
            N(matrix)(op, a, begin, end, 1, 0, 0, 0, true);
        else
            N(matrix)(op, a, begin, end, 1, 0, 0, 0, false);
    } else if (op->lanes == 0) {
        if (op->uniform)
            N(matrix)(op, a, begin, end, 2, 0, 0, 0, true);
        else
            N(matrix)(op, a, begin, end, 2, 0, 0, 0, false);
    } else if (op->lanes == 1 && op->high == 0) {
        if (x0 == 1)
            N(matrix)(op, a, begin, end, 0, 1, 1, 0, false);
        else if (x0 == 2)
            N(matrix)(op, a, begin, end, 0, 1, 2, 0, false);
        else
            N(matrix)(op, a, begin, end, 0, 1, 4, 0, false);
    } else if (op->lanes == 1) {
        if (x0 == 1)
            N(matrix)(op, a, begin, end, 1, 1, 1, 0, false);
        else if (x0 == 2)
            N(matrix)(op, a, begin, end, 1, 1, 2, 0, false);
        else
            N(matrix)(op, a, begin, end, 1, 1, 4, 0, false);
    } else {
        if (both == 3)
            N(matrix)(op, a, begin, end, 0, 2, 1, 2, false);
        else if (both == 5)
            N(matrix)(op, a, begin, end, 0, 2, 1, 4, false);
        else
            N(matrix)(op, a, begin, end, 0, 2, 2, 4, false);
    }
}

/* Sums run in double: single-precision squares are widened before they are added. */
#undef DOUBLES
#if defined(REAL_IS_DOUBLE)
#define DOUBLES W
typedef N(vec) N(wide);
static inline INLINE N(wide) N(widen)(N(vec) x) {
    return x;
}
#else
#define DOUBLES (W / 2)
typedef double N(wide) __attribute__((vector_size(W / 2 * sizeof(double))));
typedef float N(half) __attribute__((vector_size(W / 2 * sizeof(float))));
static inline INLINE N(wide) N(widen)(N(vec) x) {
    N(half) low, high;
    memcpy(&low, &x, sizeof low);
    memcpy(&high, (const char *)&x + sizeof low, sizeof high);
    return __builtin_convertvector(low, N(wide)) + __builtin_convertvector(high, N(wide));
}
#endif

static inline INLINE double N(total)(N(wide) x) {
    double t = 0.0;
    for (int i = 0; i < DOUBLES; i++) t += x[i];
    return t;
}

static double N(sum)(const brg_op *op, const void *amplitudes, uint64_t begin, uint64_t end) {
    const N(vec) *a = amplitudes;
    const uint64_t fixed = op->fixed, value = op->value;
    const N(vec) weight = ((const N(vec) *)(const void *)op->coef)[0];
    N(wide) s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    uint64_t i = brg_deposit(begin, fixed), n = begin;
    for (; n + 4 <= end; n += 4) {
        const N(vec) w = a[i | value];
        i = brg_next(i, fixed);
        const N(vec) x = a[i | value];
        i = brg_next(i, fixed);
        const N(vec) y = a[i | value];
        i = brg_next(i, fixed);
        const N(vec) z = a[i | value];
        i = brg_next(i, fixed);
        s0 += N(widen)(w * weight * w);
        s1 += N(widen)(x * weight * x);
        s2 += N(widen)(y * weight * y);
        s3 += N(widen)(z * weight * z);
    }
    for (; n < end; n++, i = brg_next(i, fixed)) {
        const N(vec) x = a[i | value];
        s0 += N(widen)(x * weight * x);
    }
    return N(total)((s0 + s1) + (s2 + s3));
}

static double N(scale_sum)(const brg_op *op, void *amplitudes, uint64_t begin, uint64_t end) {
    N(vec) *a = amplitudes;
    const uint64_t fixed = op->fixed, value = op->value;
    const N(vec) weight = ((const N(vec) *)(const void *)op->coef)[0];
    const N(vec) factor = *(const N(vec) *)(const void *)op->mask[0];
    N(wide) s0 = {0}, s1 = {0};
    uint64_t i = brg_deposit(begin, fixed), n = begin;
    for (; n + 2 <= end; n += 2) {
        const uint64_t j = brg_next(i, fixed);
        const N(vec) x = a[i | value], y = a[j | value];
        a[i | value] = x * factor;
        a[j | value] = y * factor;
        s0 += N(widen)(x * weight * x);
        s1 += N(widen)(y * weight * y);
        i = brg_next(j, fixed);
    }
    if (n < end) {
        const N(vec) x = a[i | value];
        a[i | value] = x * factor;
        s0 += N(widen)(x * weight * x);
    }
    return N(total)(s0 + s1);
}
