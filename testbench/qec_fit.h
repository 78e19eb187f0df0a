/* SPDX-License-Identifier: Apache-2.0 */
/* Thresholds by finite-size scaling, crossings of two distances, suppression factors. Equations:
 * docs/qec.md. */
#ifndef BRG_TESTBENCH_QEC_FIT_H
#define BRG_TESTBENCH_QEC_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct brg_qec_point {
    uint32_t distance;
    uint64_t rounds;
    double p;
    uint64_t shots, errors; /* shots at least 1 */
} brg_qec_point;

/* A value with its standard error. */
typedef struct brg_qec_value {
    double value, error;
} brg_qec_value;

/* Logical error rate per shot and its standard error, sqrt(P(1 - P)/N) with P = (errors + 1/2)/(N +
 * 1). */
brg_qec_value brg_qec_rate(const brg_qec_point *point);
/* Per round: (1 - (1 - 2P)^(1/rounds))/2; 1/2 from P = 1/2 on. */
brg_qec_value brg_qec_rate_per_round(const brg_qec_point *point);
/* Wilson's interval of 95 %. */
void brg_qec_interval(double *low, double *high, uint64_t shots, uint64_t errors);

enum { BRG_QEC_FIT_TERMS = 4 };

typedef struct brg_qec_fit {
    brg_qec_value threshold, nu;
    double terms[BRG_QEC_FIT_TERMS]; /* P = t0 + t1 x + t2 x^2 + t3/d, x = (p - threshold) d^(1/nu);
                                        t3 is 0 when it was not fitted */
    double chi2;
    size_t points, freedom; /* freedom: points less parameters */
} brg_qec_fit;

/* Weighted least squares over points of at least two distances, at least 6 of them with different
 * (d, p); `start` is where the threshold is looked for. With three distances or more the term 1/d
 * is fitted, unless that finds no minimum. False when there are too few points, or no minimum
 * inside the range of p and half of it more on either side. Standard errors are those of the fit,
 * times sqrt(chi2/freedom) where that is above 1. */
bool brg_qec_fit_threshold(brg_qec_fit *out, const brg_qec_point *points, size_t count,
                           double start);

/* Where the rates of two distances meet: the zero of a straight line through ln(P_high/P_low)
 * against p. False when fewer than two p have both, or the line does not cross within them. */
bool brg_qec_crossing(brg_qec_value *out, const brg_qec_point *points, size_t count, uint32_t low,
                      uint32_t high);

/* Lambda at p: exp of minus twice the slope of ln(rate per round) against d, a weighted line over
 * all distances with errors. False with fewer than two. */
bool brg_qec_lambda(brg_qec_value *out, const brg_qec_point *points, size_t count, double p);

#ifdef __cplusplus
}
#endif
#endif
