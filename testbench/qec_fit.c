/* SPDX-License-Identifier: Apache-2.0 */
/* Fits to logical error rates. The threshold's fit is linear in all but two parameters: those two
 * are found by a simplex search around linear least squares. */
#include "testbench/qec_fit.h"

#include <math.h>
#include <string.h>

enum { TERMS = BRG_QEC_FIT_TERMS, ALL = TERMS + 2 };

/* Distances from which the correction for finite codes is told apart from the other terms. */
enum { CORRECTED_DISTANCES = 3 };

static brg_qec_value smoothed(const brg_qec_point *point) {
    const double n = (double)point->shots, p = ((double)point->errors + 0.5) / (n + 1);
    return (brg_qec_value){p, sqrt(p * (1 - p) / n)};
}

brg_qec_value brg_qec_rate(const brg_qec_point *point) {
    return (brg_qec_value){(double)point->errors / (double)point->shots, smoothed(point).error};
}

brg_qec_value brg_qec_rate_per_round(const brg_qec_point *point) {
    const brg_qec_value shot = brg_qec_rate(point);
    const double rounds = point->rounds ? (double)point->rounds : 1;
    const double kept = 1 - 2 * shot.value;
    if (kept <= 0) return (brg_qec_value){0.5, shot.error};
    return (brg_qec_value){-expm1(log(kept) / rounds) / 2,
                           shot.error * pow(kept, 1 / rounds - 1) / rounds};
}

void brg_qec_interval(double *low, double *high, uint64_t shots, uint64_t errors) {
    const double z = 1.959963984540054, n = (double)shots, p = (double)errors / n;
    const double middle = p + z * z / (2 * n);
    const double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    *low = errors ? (middle - half) / (1 + z * z / n) : 0;
    *high = (middle + half) / (1 + z * z / n);
}

/* Solves a x = b in place by elimination with pivots; only the leading n rows and columns are
 * looked at. False when singular. */
static bool solve(size_t n, double a[ALL][ALL], double *b) {
    for (size_t i = 0; i < n; i++) {
        size_t pivot = i;
        for (size_t r = i + 1; r < n; r++)
            if (fabs(a[r][i]) > fabs(a[pivot][i])) pivot = r;
        if (!(fabs(a[pivot][i]) > 0)) return false;
        for (size_t c = 0; c < n && pivot != i; c++) {
            const double t = a[i][c];
            a[i][c] = a[pivot][c];
            a[pivot][c] = t;
        }
        const double t = b[i];
        b[i] = b[pivot];
        b[pivot] = t;
        for (size_t r = 0; r < n; r++) {
            if (r == i) continue;
            const double f = a[r][i] / a[i][i];
            for (size_t c = i; c < n; c++) a[r][c] -= f * a[i][c];
            b[r] -= f * b[i];
        }
    }
    for (size_t i = 0; i < n; i++) b[i] /= a[i][i];
    return true;
}

typedef struct problem {
    const brg_qec_point *points;
    size_t count;
    double scale; /* of p, so that terms are of one size */
    size_t terms; /* that are fitted: all, or the polynomial only */
} problem;

static double scaled(const problem *q, size_t i, const double at[2]) {
    return (q->points[i].p - at[0]) / q->scale * pow(q->points[i].distance, at[1]);
}

/* What the terms are factors of: 1, x, x^2, 1/d. */
static void basis(double to[TERMS], const problem *q, size_t i, const double at[2]) {
    const double x = scaled(q, i, at);
    to[0] = 1;
    to[1] = x;
    to[2] = x * x;
    to[3] = 1 / (double)q->points[i].distance;
}

/* Best terms for a threshold at[0] and an exponent at[1] = 1/nu; chi squared. */
static double best_terms(double terms[TERMS], const problem *q, const double at[2]) {
    double a[ALL][ALL] = {{0}}, b[TERMS] = {0}, chi2 = 0;
    for (size_t i = 0; i < q->count; i++) {
        const brg_qec_value y = smoothed(&q->points[i]);
        const double w = 1 / (y.error * y.error);
        double f[TERMS];
        basis(f, q, i, at);
        for (size_t r = 0; r < q->terms; r++) {
            for (size_t c = 0; c < q->terms; c++) a[r][c] += w * f[r] * f[c];
            b[r] += w * f[r] * y.value;
        }
    }
    if (!solve(q->terms, a, b)) return INFINITY;
    memcpy(terms, b, sizeof b);
    for (size_t i = 0; i < q->count; i++) {
        const brg_qec_value y = smoothed(&q->points[i]);
        double f[TERMS], sum = 0;
        basis(f, q, i, at);
        for (size_t r = 0; r < q->terms; r++) sum += b[r] * f[r];
        chi2 += (sum - y.value) / y.error * ((sum - y.value) / y.error);
    }
    return isfinite(chi2) ? chi2 : INFINITY;
}

static double cost(const problem *q, const double at[2]) {
    double terms[TERMS];
    /* Exponents beyond these are no phase transition's; they only make the search run away. */
    if (at[1] < 0.05 || at[1] > 4) return INFINITY;
    return best_terms(terms, q, at);
}

/* Nelder and Mead's simplex in two dimensions. */
static void search(double at[2], const problem *q, double step) {
    double v[3][2] = {{at[0], at[1]}, {at[0] + step, at[1]}, {at[0], at[1] + 0.2}}, f[3];
    for (int i = 0; i < 3; i++) f[i] = cost(q, v[i]);
    for (int round = 0; round < 400; round++) {
        int best = 0, worst = 0;
        for (int i = 1; i < 3; i++) {
            if (f[i] < f[best]) best = i;
            if (f[i] >= f[worst]) worst = i;
        }
        if (best == worst) break;
        const int middle = 3 - best - worst;
        double centre[2], tried[2], further[2];
        for (int k = 0; k < 2; k++) {
            centre[k] = (v[best][k] + v[middle][k]) / 2;
            tried[k] = 2 * centre[k] - v[worst][k];
            further[k] = 3 * centre[k] - 2 * v[worst][k];
        }
        double now = cost(q, tried);
        if (now < f[best]) {
            const double more = cost(q, further);
            if (more < now) {
                memcpy(tried, further, sizeof tried);
                now = more;
            }
        } else if (now >= f[middle]) {
            for (int k = 0; k < 2; k++) tried[k] = (centre[k] + v[worst][k]) / 2;
            now = cost(q, tried);
        }
        if (now < f[worst]) {
            memcpy(v[worst], tried, sizeof tried);
            f[worst] = now;
            continue;
        }
        for (int i = 0; i < 3; i++) {
            if (i == best) continue;
            for (int k = 0; k < 2; k++) v[i][k] = (v[i][k] + v[best][k]) / 2;
            f[i] = cost(q, v[i]);
        }
    }
    int best = 0;
    for (int i = 1; i < 3; i++)
        if (f[i] < f[best]) best = i;
    memcpy(at, v[best], sizeof v[best]);
}

/* Standard errors of the threshold and of 1/nu from the curvature of chi squared. */
static bool curvature(double errors[2], const problem *q, const double at[2],
                      const double terms[TERMS]) {
    double a[ALL][ALL] = {{0}};
    const size_t all = q->terms + 2;
    for (size_t i = 0; i < q->count; i++) {
        const double error = smoothed(&q->points[i]).error, x = scaled(q, i, at);
        const double d = q->points[i].distance, slope = terms[1] + 2 * terms[2] * x;
        double g[ALL] = {slope * -pow(d, at[1]) / q->scale, slope * x * log(d)};
        basis(g + 2, q, i, at);
        for (size_t r = 0; r < all; r++)
            for (size_t c = 0; c < all; c++) a[r][c] += g[r] * g[c] / (error * error);
    }
    for (int k = 0; k < 2; k++) {
        double copy[ALL][ALL], unit[ALL] = {0};
        memcpy(copy, a, sizeof copy);
        unit[k] = 1;
        if (!solve(all, copy, unit) || !(unit[k] > 0)) return false;
        errors[k] = sqrt(unit[k]);
    }
    return true;
}

/* The fit with a number of terms. */
static bool fit_terms(brg_qec_fit *out, const brg_qec_point *points, size_t count, double start,
                      size_t terms) {
    double low = INFINITY, high = 0, errors[2];
    for (size_t i = 0; i < count; i++) {
        low = fmin(low, points[i].p);
        high = fmax(high, points[i].p);
    }
    if (count < terms + 3 || !(high > low)) return false;
    const problem q = {points, count, high - low, terms};
    double at[2] = {start, 0.7};
    search(at, &q, (high - low) / 10);
    search(at, &q, (high - low) / 100);
    *out = (brg_qec_fit){.points = count, .freedom = count - terms - 2};
    out->chi2 = best_terms(out->terms, &q, at);
    const double beyond = (high - low) / 2;
    if (!isfinite(out->chi2) || at[0] < low - beyond || at[0] > high + beyond || out->terms[1] <= 0)
        return false;
    if (!curvature(errors, &q, at, out->terms)) return false;
    const double worse = fmax(1, sqrt(out->chi2 / (double)out->freedom));
    out->threshold = (brg_qec_value){at[0], errors[0] * worse};
    out->nu = (brg_qec_value){1 / at[1], errors[1] * worse / (at[1] * at[1])};
    for (int i = 1; i < 3; i++) out->terms[i] /= pow(q.scale, i);
    return true;
}

bool brg_qec_fit_threshold(brg_qec_fit *out, const brg_qec_point *points, size_t count,
                           double start) {
    size_t distances = 0;
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (size_t k = 0; k < i; k++) known = known || points[k].distance == points[i].distance;
        distances += !known;
    }
    if (distances < 2) return false;
    if (distances >= CORRECTED_DISTANCES && fit_terms(out, points, count, start, TERMS))
        return true;
    return fit_terms(out, points, count, start, TERMS - 1);
}

/* Weighted line y = a + b x through sums; errors of both from the weights. */
typedef struct line {
    double s, x, y, xx, xy;
    size_t count;
} line;

static void add(line *l, double x, double y, double error) {
    const double w = 1 / (error * error);
    l->s += w;
    l->x += w * x;
    l->y += w * y;
    l->xx += w * x * x;
    l->xy += w * x * y;
    l->count++;
}

static const brg_qec_point *find(const brg_qec_point *points, size_t count, uint32_t distance,
                                 double p) {
    for (size_t i = 0; i < count; i++)
        if (points[i].distance == distance && points[i].p == p) return &points[i];
    return NULL;
}

bool brg_qec_crossing(brg_qec_value *out, const brg_qec_point *points, size_t count, uint32_t low,
                      uint32_t high) {
    line l = {0};
    double from = INFINITY, to = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (points[i].distance != low) continue;
        const brg_qec_point *other = find(points, count, high, points[i].p);
        if (!other || !other->errors || !points[i].errors) continue;
        const brg_qec_value a = smoothed(&points[i]), b = smoothed(other);
        add(&l, points[i].p, log(b.value / a.value), hypot(a.error / a.value, b.error / b.value));
        from = fmin(from, points[i].p);
        to = fmax(to, points[i].p);
    }
    const double det = l.s * l.xx - l.x * l.x;
    if (l.count < 2 || !(det > 0)) return false;
    const double slope = (l.s * l.xy - l.x * l.y) / det, base = (l.xx * l.y - l.x * l.xy) / det;
    const double zero = -base / slope;
    if (!(slope > 0) || !(zero >= from && zero <= to)) return false;
    /* var(a + b x) at the zero, over the slope. */
    const double variance = (l.xx - 2 * zero * l.x + zero * zero * l.s) / det;
    *out = (brg_qec_value){zero, sqrt(variance) / slope};
    return true;
}

bool brg_qec_lambda(brg_qec_value *out, const brg_qec_point *points, size_t count, double p) {
    line l = {0};
    for (size_t i = 0; i < count; i++) {
        if (points[i].p != p || !points[i].errors) continue;
        const brg_qec_value rate = brg_qec_rate_per_round(&points[i]);
        if (rate.value >= 0.5) continue;
        add(&l, points[i].distance, log(rate.value), rate.error / rate.value);
    }
    const double det = l.s * l.xx - l.x * l.x;
    if (l.count < 2 || !(det > 0)) return false;
    const double slope = (l.s * l.xy - l.x * l.y) / det;
    out->value = exp(-2 * slope);
    out->error = out->value * 2 * sqrt(l.s / det);
    return true;
}
