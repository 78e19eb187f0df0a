/* SPDX-License-Identifier: Apache-2.0 */
/* Reader of detector error models. A first pass reads all lines into a tree of repeat blocks and
 * reports what is wrong in it; a second one unrolls the tree, whose size is known by then. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/ecc/circuit_lexer.h"
#include "model/ecc/circuit_private.h"
#include "model/ecc/dem_private.h"

#define MOST_INSTRUCTIONS ((uint64_t)1 << 24)
/* Detectors and observables of a part are stored as numbers; this one separates parts. */
#define SEPARATOR UINT32_MAX
#define OBSERVABLE ((uint32_t)1 << 31)

typedef enum kind {
    KIND_ERROR,
    KIND_DETECTOR,
    KIND_OBSERVABLE,
    KIND_SHIFT,
    KIND_REPEAT,
    KINDS
} kind;

static const char *const names[KINDS] = {"error", "detector", "logical_observable",
                                         "shift_detectors", "repeat"};

typedef struct line {
    kind kind;
    uint64_t number; /* repetitions, or the shift */
    size_t end;      /* repeat: the line after its body */
    size_t first_arg, first_target;
    uint32_t arg_count;
    size_t target_count;
    size_t number_line, column;
} line;

typedef struct parser {
    brg_lexer lex;
    line *lines;
    double *args;
    uint32_t *targets;
    size_t line_count, arg_count, target_count, line_room, arg_room, target_room;
    size_t open[BRG_CIRCUIT_DEPTH];
    uint32_t depth, too_deep;
    int status;
} parser;

static bool reserve(parser *p, void **array, size_t *room, size_t wanted, size_t size) {
    if (wanted <= *room) return true;
    const size_t more = *room ? *room * 2 : 32;
    void *grown = realloc(*array, more * size);
    if (!grown) {
        p->status = BRG_ENOMEM;
        return false;
    }
    *array = grown;
    *room = more;
    return true;
}

static bool push_target(parser *p, uint32_t target) {
    void *array = p->targets;
    if (!reserve(p, &array, &p->target_room, p->target_count + 1, sizeof target)) return false;
    p->targets = array;
    p->targets[p->target_count++] = target;
    return true;
}

static bool push_arg(parser *p, double arg) {
    void *array = p->args;
    if (!reserve(p, &array, &p->arg_room, p->arg_count + 1, sizeof arg)) return false;
    p->args = array;
    p->args[p->arg_count++] = arg;
    return true;
}

static bool push_line(parser *p, const line *entry) {
    void *array = p->lines;
    if (!reserve(p, &array, &p->line_room, p->line_count + 1, sizeof *entry)) return false;
    p->lines = array;
    p->lines[p->line_count++] = *entry;
    return true;
}

static bool letter(const brg_lexer *l, char upper) {
    return brg_lexer_peek(l) == upper || brg_lexer_peek(l) == (char)(upper - 'A' + 'a');
}

/* A detector or observable; part: first target of the present part, for repeated ones. */
static bool read_symptom(parser *p, const line *entry, size_t part) {
    brg_lexer *l = &p->lex;
    const size_t from = l->at;
    const bool detector = letter(l, 'D'), observable = letter(l, 'L');
    const bool accepted = entry->kind == KIND_DETECTOR     ? detector
                          : entry->kind == KIND_OBSERVABLE ? observable
                                                           : detector || observable;
    if (!accepted)
        return brg_lexer_fail(l, from, "%s expected, found '%.*s'",
                              entry->kind == KIND_DETECTOR     ? "detector as D0"
                              : entry->kind == KIND_OBSERVABLE ? "observable as L0"
                                                               : "D0, L0 or ^",
                              brg_lexer_word(l, from), l->text + from);
    l->at++;
    uint64_t number;
    if (!brg_lexer_number(l, detector ? "detector number" : "observable number",
                          detector ? BRG_DEM_DETECTORS - 1 : BRG_CIRCUIT_OBSERVABLES - 1, &number))
        return false;
    const uint32_t target = (uint32_t)number | (detector ? 0 : OBSERVABLE);
    for (size_t i = part; i < p->target_count; i++)
        if (entry->kind == KIND_ERROR && p->targets[i] == target)
            return brg_lexer_fail(l, from, "%c%" PRIu64 " is twice in one part",
                                  detector ? 'D' : 'L', number);
    return push_target(p, target);
}

static bool read_symptoms(parser *p, line *entry) {
    brg_lexer *l = &p->lex;
    size_t part = p->target_count;
    bool separated = false;
    while (brg_lexer_more(l)) {
        const char before = l->text[l->at - 1];
        if (before != ' ' && before != '\t') return brg_lexer_fail(l, l->at, "blank expected");
        if (entry->kind == KIND_ERROR && brg_lexer_peek(l) == '^') {
            if (p->target_count == part) return brg_lexer_fail(l, l->at, "empty part before '^'");
            l->at++;
            if (!push_target(p, SEPARATOR)) return false;
            part = p->target_count;
            separated = true;
        } else if (!read_symptom(p, entry, part)) {
            return false;
        }
    }
    entry->target_count = p->target_count - entry->first_target;
    if (separated && p->target_count == part)
        return brg_lexer_fail(l, l->at, "empty part after '^'");
    if (entry->kind != KIND_ERROR && entry->target_count == 0)
        return brg_lexer_fail(l, l->at, "no targets, %s expected",
                              entry->kind == KIND_DETECTOR ? "detector as D0" : "observable as L0");
    return brg_lexer_finish(l, false);
}

static bool read_counted(parser *p, line *entry) {
    brg_lexer *l = &p->lex;
    const bool repeat = entry->kind == KIND_REPEAT;
    const char *what = repeat ? "number of repetitions" : "number of detectors";
    const char before = l->text[l->at - 1];
    if (!brg_lexer_more(l)) return brg_lexer_fail(l, l->at, "%s expected", what);
    if (l->text[l->at - 1] == before && before != ' ' && before != '\t')
        return brg_lexer_fail(l, l->at, "blank expected");
    const size_t at = l->at;
    if (!brg_lexer_number(l, what, repeat ? BRG_CIRCUIT_REPEATS : BRG_DEM_DETECTORS - 1,
                          &entry->number))
        return false;
    if (repeat && entry->number == 0)
        return brg_lexer_fail(l, at, "0 repetitions, accepted 1 or more");
    return brg_lexer_finish(l, repeat);
}

static bool check_args(parser *p, const line *entry, const double *args, const size_t *at) {
    brg_lexer *l = &p->lex;
    if ((entry->kind == KIND_OBSERVABLE || entry->kind == KIND_REPEAT) && entry->arg_count)
        return brg_lexer_fail(l, at[0], "takes no arguments");
    if (entry->kind != KIND_ERROR) return true;
    if (entry->arg_count != 1)
        return brg_lexer_fail(l, l->at, "%u arguments, expected 1", entry->arg_count);
    if (!(args[0] >= 0 && args[0] <= 1))
        return brg_lexer_fail(l, at[0], "probability %g is out of range, accepted 0..1", args[0]);
    return true;
}

static bool same_name(const brg_lexer *l, const char *name) {
    if (strlen(name) != l->name_length) return false;
    for (size_t i = 0; i < l->name_length; i++) {
        const char c = l->text[l->name_at + i];
        if (name[i] != (c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c)) return false;
    }
    return true;
}

static bool open_block(parser *p) {
    if (p->depth < BRG_CIRCUIT_DEPTH) {
        p->open[p->depth++] = p->line_count - 1;
        return true;
    }
    if (p->too_deep++ == 0)
        brg_lexer_fail(&p->lex, p->lex.name_at, "blocks nested more than %d deep",
                       BRG_CIRCUIT_DEPTH);
    return false;
}

static void read_line(parser *p) {
    brg_lexer *l = &p->lex;
    line entry = {.kind = KIND_ERROR,
                  .first_arg = p->arg_count,
                  .first_target = p->target_count,
                  .number_line = l->line,
                  .column = l->name_at - l->line_start + 1};
    while (entry.kind < KINDS && !same_name(l, names[entry.kind])) entry.kind++;
    if (entry.kind == KINDS) {
        brg_lexer_fail(l, l->name_at,
                       "unknown instruction, accepted error, detector, logical_observable, "
                       "shift_detectors, repeat");
        return;
    }
    double args[BRG_CIRCUIT_ARGS];
    size_t at[BRG_CIRCUIT_ARGS];
    bool ok = brg_lexer_args(l, args, at, BRG_CIRCUIT_ARGS, &entry.arg_count) &&
              check_args(p, &entry, args, at);
    for (uint32_t i = 0; ok && i < entry.arg_count; i++) ok = push_arg(p, args[i]);
    const bool counted = entry.kind == KIND_REPEAT || entry.kind == KIND_SHIFT;
    ok = ok && (counted ? read_counted(p, &entry) : read_symptoms(p, &entry));
    /* The block of a wrong repeat line is open all the same, so that its brace finds it. */
    if ((ok || entry.kind == KIND_REPEAT) && push_line(p, &entry) && entry.kind == KIND_REPEAT)
        open_block(p);
}

static void close_block(parser *p) {
    const size_t at = p->lex.at - 1;
    brg_lexer_finish(&p->lex, false);
    if (p->too_deep)
        p->too_deep--;
    else if (p->depth == 0)
        brg_lexer_fail(&p->lex, at, "'}' without an open block");
    else
        p->lines[p->open[--p->depth]].end = p->line_count;
}

/* ---- Unrolling ---- */

typedef struct unroll {
    const parser *p;
    brg_dem_builder build;
    uint64_t offset;
    double shift[BRG_CIRCUIT_ARGS];
    const line *too_large; /* the line that broke a limit */
} unroll;

static uint64_t capped_sum(uint64_t a, uint64_t b) {
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Instructions that a range of lines runs; repeats of nothing count as one. */
static uint64_t count_instructions(const parser *p, size_t from, size_t end) {
    uint64_t total = 0;
    for (size_t i = from; i < end; i++) {
        uint64_t here = 1;
        if (p->lines[i].kind == KIND_REPEAT) {
            const uint64_t body = count_instructions(p, i + 1, p->lines[i].end);
            const uint64_t times = body ? p->lines[i].number : 0;
            here = body && times > UINT64_MAX / body ? UINT64_MAX : body * times;
            here = capped_sum(here, 1);
            i = p->lines[i].end - 1;
        }
        total = capped_sum(total, here);
    }
    return total;
}

static bool absolute(unroll *u, const line *entry, uint32_t target, uint32_t *detector) {
    if (u->offset + target >= BRG_DEM_DETECTORS) {
        u->too_large = entry;
        return false;
    }
    *detector = (uint32_t)u->offset + target;
    return true;
}

static void run_error(unroll *u, const line *entry) {
    const uint32_t *t = u->p->targets + entry->first_target;
    brg_dem_builder_error(&u->build, u->p->args[entry->first_arg]);
    for (size_t from = 0; from < entry->target_count;) {
        size_t end = from;
        uint64_t observables = 0;
        for (; end < entry->target_count && t[end] != SEPARATOR; end++)
            if (t[end] & OBSERVABLE) observables |= UINT64_C(1) << (t[end] & ~OBSERVABLE);
        brg_dem_builder_part(&u->build, observables);
        for (; from < end; from++) {
            uint32_t detector;
            if (t[from] & OBSERVABLE) continue;
            if (!absolute(u, entry, t[from], &detector)) return;
            brg_dem_builder_flip(&u->build, detector);
        }
        from = end + 1;
    }
}

static void run_detectors(unroll *u, const line *entry) {
    double place[BRG_CIRCUIT_ARGS];
    for (uint32_t i = 0; i < entry->arg_count; i++) {
        place[i] = u->p->args[entry->first_arg + i] + u->shift[i];
        if (!isfinite(place[i])) {
            u->too_large = entry;
            return;
        }
    }
    for (size_t i = 0; i < entry->target_count; i++) {
        uint32_t detector;
        if (!absolute(u, entry, u->p->targets[entry->first_target + i], &detector)) return;
        brg_dem_builder_detector(&u->build, detector, place, entry->arg_count);
    }
}

static void run_lines(unroll *u, size_t from, size_t end) {
    for (size_t i = from; i < end && !u->build.status && !u->too_large; i++) {
        const line *entry = &u->p->lines[i];
        switch (entry->kind) {
            case KIND_ERROR:
                run_error(u, entry);
                break;
            case KIND_DETECTOR:
                run_detectors(u, entry);
                break;
            case KIND_OBSERVABLE:
                for (size_t k = 0; k < entry->target_count; k++)
                    brg_dem_builder_observable(
                        &u->build, u->p->targets[entry->first_target + k] & ~OBSERVABLE);
                break;
            case KIND_SHIFT:
                u->offset = capped_sum(u->offset, entry->number);
                for (uint32_t k = 0; k < entry->arg_count; k++)
                    u->shift[k] += u->p->args[entry->first_arg + k];
                break;
            default:
                for (uint64_t r = 0; entry->end > i + 1 && r < entry->number && !u->too_large; r++)
                    run_lines(u, i + 1, entry->end);
                i = entry->end - 1;
        }
    }
}

static int run(const parser *p, brg_dem **out, const char *file, brg_diag *diag) {
    uint64_t instructions = 0;
    for (size_t i = 0; i < p->line_count; i++) {
        const line *entry = &p->lines[i];
        const size_t end = entry->kind == KIND_REPEAT ? entry->end : i + 1;
        instructions = capped_sum(instructions, count_instructions(p, i, end));
        if (instructions > MOST_INSTRUCTIONS) {
            brg_diag_add(diag, file, entry->number_line, entry->column, names[entry->kind],
                         "more than %" PRIu64 " instructions after repetition", MOST_INSTRUCTIONS);
            return BRG_EINPUT;
        }
        i = end - 1;
    }
    unroll u = {.p = p};
    if (brg_dem_builder_start(&u.build)) return u.build.status;
    run_lines(&u, 0, p->line_count);
    if (u.too_large && !u.build.status) {
        brg_diag_add(diag, file, u.too_large->number_line, u.too_large->column,
                     names[u.too_large->kind],
                     "detector number or coordinate is too large after shifts, accepted detectors "
                     "0..%" PRIu64,
                     BRG_DEM_DETECTORS - 1);
        u.build.status = BRG_EINPUT;
    }
    return brg_dem_builder_end(&u.build, out);
}

int brg_dem_parse(brg_dem **out, const char *text, size_t length, const char *file,
                  brg_diag *diag) {
    if (!out || (!text && length)) return BRG_EINVAL;
    *out = NULL;
    parser p = {.target_room = 64, .arg_room = 64};
    p.targets = malloc(p.target_room * sizeof *p.targets);
    p.args = malloc(p.arg_room * sizeof *p.args);
    if (!p.targets || !p.args) p.status = BRG_ENOMEM;
    brg_lexer_start(&p.lex, text, length, file, diag);
    while (!p.status) {
        const brg_lexer_line next = brg_lexer_next(&p.lex);
        if (next == BRG_LINE_END) break;
        if (next == BRG_LINE_CLOSE) close_block(&p);
        if (next == BRG_LINE_NAME) read_line(&p);
        brg_lexer_skip_line(&p.lex);
    }
    if (!p.status && p.depth) {
        const line *open = &p.lines[p.open[p.depth - 1]];
        brg_diag_add(diag, file, open->number_line, open->column, "repeat",
                     "block is not closed, '}' expected");
        p.lex.failed = true;
    }
    if (!p.status && p.lex.failed) p.status = BRG_EINPUT;
    if (!p.status) p.status = run(&p, out, file, diag);
    if (p.status == BRG_ENOMEM) brg_diag_add(diag, file, 0, 0, "", "%s", brg_strerror(p.status));
    free(p.lines);
    free(p.args);
    free(p.targets);
    return p.status;
}
