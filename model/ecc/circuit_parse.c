/* SPDX-License-Identifier: Apache-2.0 */
/* Reader of circuits. A wrong line is reported and left out, so that one run reports all errors. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/ecc/circuit_lexer.h"
#include "model/ecc/circuit_private.h"

typedef struct parser {
    brg_lexer lex;
    brg_circuit_builder build;
    uint32_t *targets;
    size_t target_count, target_room;
    size_t open_line[BRG_CIRCUIT_DEPTH + 1], open_column[BRG_CIRCUIT_DEPTH + 1];
    uint32_t too_deep; /* blocks open beyond the allowed depth */
} parser;

static bool unknown(parser *p) {
    char list[600] = "";
    size_t used = 0;
    for (int g = 0; g < BRG_GATE_COUNT; g++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", g ? ", " : "",
                                 brg_gate_get((brg_gate)g)->name);
    return brg_lexer_fail(&p->lex, p->lex.name_at, "unknown instruction, accepted %s", list);
}

static bool push_target(parser *p, uint32_t target) {
    if (p->target_count == p->target_room) {
        const size_t room = p->target_room ? p->target_room * 2 : 64;
        uint32_t *grown = realloc(p->targets, room * sizeof *grown);
        if (!grown) {
            p->build.status = BRG_ENOMEM;
            return false;
        }
        p->targets = grown;
        p->target_room = room;
    }
    p->targets[p->target_count++] = target;
    return true;
}

static bool qubit_target(parser *p, const brg_gate_info *info) {
    brg_lexer *l = &p->lex;
    uint32_t inverted = 0;
    if (brg_lexer_peek(l) == '!') {
        if (info->targets != BRG_TARGETS_MEASURED)
            return brg_lexer_fail(l, l->at,
                                  "'!' inverts records, accepted on measured qubits only");
        inverted = BRG_TARGET_INVERTED;
        l->at++;
    }
    const size_t from = l->at;
    uint64_t qubit;
    if (!brg_lexer_number(l, "qubit number", BRG_CIRCUIT_QUBITS - 1, &qubit)) return false;
    const size_t n = p->target_count;
    if (info->targets == BRG_TARGETS_PAIRS && n % 2 && p->targets[n - 1] == qubit)
        return brg_lexer_fail(l, from, "a pair of equal qubits");
    return push_target(p, (uint32_t)qubit | inverted);
}

static bool record_target(parser *p) {
    brg_lexer *l = &p->lex;
    const size_t from = l->at;
    uint64_t back;
    if (l->length - from < 5 || memcmp(l->text + from, "rec[-", 5) != 0)
        return brg_lexer_fail(l, from, "record expected as rec[-1], found '%.*s'",
                              brg_lexer_word(l, from), l->text + from);
    l->at += 5;
    if (!brg_lexer_number(l, "lookback", BRG_TARGET_VALUE, &back)) return false;
    if (brg_lexer_peek(l) != ']') return brg_lexer_fail(l, l->at, "']' expected");
    l->at++;
    if (back == 0) return brg_lexer_fail(l, from, "rec[-0], records count from rec[-1]");
    /* After an error the number of records is not known any more. */
    if (!l->failed && back > p->build.measurements)
        return brg_lexer_fail(l, from,
                              "rec[-%" PRIu64 "] is before the first of %" PRIu64 " records", back,
                              p->build.measurements);
    return push_target(p, (uint32_t)back | BRG_TARGET_RECORD);
}

static bool read_targets(parser *p, const brg_gate_info *info) {
    brg_lexer *l = &p->lex;
    p->target_count = 0;
    while (brg_lexer_more(l)) {
        const size_t at = l->at;
        const char before = l->text[at - 1];
        if (info->targets == BRG_TARGETS_NONE)
            return brg_lexer_fail(l, at, "takes no targets, found '%.*s'", brg_lexer_word(l, at),
                                  l->text + at);
        if (before != ' ' && before != '\t') return brg_lexer_fail(l, at, "blank expected");
        if (!(info->targets == BRG_TARGETS_RECORDS ? record_target(p) : qubit_target(p, info)))
            return false;
    }
    if (!brg_lexer_finish(l, false)) return false;
    if (info->targets <= BRG_TARGETS_MEASURED && p->target_count == 0)
        return brg_lexer_fail(l, l->at, "no targets, qubits expected");
    if (info->targets == BRG_TARGETS_PAIRS && p->target_count % 2)
        return brg_lexer_fail(l, l->at, "odd number of targets, pairs of qubits expected");
    return true;
}

static bool check_args(parser *p, brg_gate gate, const double *args, const size_t *at,
                       uint32_t count) {
    const brg_gate_info *info = brg_gate_get(gate);
    brg_lexer *l = &p->lex;
    if (count < info->least_args || count > info->most_args) {
        if (info->most_args == 0) return brg_lexer_fail(l, at[0], "takes no arguments");
        if (info->least_args == info->most_args)
            return brg_lexer_fail(l, l->at, "%u arguments, expected %u", count, info->most_args);
        return brg_lexer_fail(l, l->at, "%u arguments, accepted %u..%u", count, info->least_args,
                              info->most_args);
    }
    double sum = 0;
    for (uint32_t i = 0; info->probabilities && i < count; i++) {
        if (!(args[i] >= 0 && args[i] <= 1))
            return brg_lexer_fail(l, at[i], "probability %g is out of range, accepted 0..1",
                                  args[i]);
        sum += args[i];
    }
    if (info->probabilities && sum > 1 + 1e-9)
        return brg_lexer_fail(l, at[0], "probabilities add up to %g, accepted at most 1", sum);
    if (gate == BRG_GATE_OBSERVABLE_INCLUDE &&
        !(args[0] >= 0 && args[0] < BRG_CIRCUIT_OBSERVABLES && args[0] == (double)(int)args[0]))
        return brg_lexer_fail(l, at[0], "%g is no observable, accepted whole numbers 0..%d",
                              args[0], BRG_CIRCUIT_OBSERVABLES - 1);
    return true;
}

static bool read_repeat(parser *p) {
    brg_lexer *l = &p->lex;
    uint64_t repeats = 1;
    bool ok = false;
    const size_t from = l->at;
    if (brg_lexer_peek(l) == '(' || brg_lexer_peek(l) == '[')
        ok = brg_lexer_fail(l, from, "takes no arguments");
    else if (!brg_lexer_more(l))
        ok = brg_lexer_fail(l, l->at, "number of repetitions expected");
    else {
        const size_t at = l->at;
        ok = brg_lexer_number(l, "number of repetitions", BRG_CIRCUIT_REPEATS, &repeats);
        if (ok && repeats == 0) ok = brg_lexer_fail(l, at, "0 repetitions, accepted 1 or more");
        ok = ok && brg_lexer_finish(l, true);
    }
    if (p->build.depth == BRG_CIRCUIT_DEPTH) {
        if (p->too_deep++ == 0 && ok)
            brg_lexer_fail(l, l->name_at, "blocks nested more than %d deep", BRG_CIRCUIT_DEPTH);
        return false;
    }
    brg_circuit_builder_open(&p->build, repeats ? repeats : 1);
    p->open_line[p->build.depth] = l->line;
    p->open_column[p->build.depth] = l->name_at - l->line_start + 1;
    return ok;
}

static void close_block(parser *p) {
    brg_lexer *l = &p->lex;
    const size_t at = l->at - 1;
    brg_lexer_finish(l, false);
    if (p->too_deep)
        p->too_deep--;
    else if (p->build.depth == 0)
        brg_lexer_fail(l, at, "'}' without an open block");
    else if (!brg_circuit_builder_close(&p->build) && !l->failed)
        brg_lexer_fail(l, at, "more than 2^40 records or detectors after repetition");
}

static bool read_instruction(parser *p) {
    brg_lexer *l = &p->lex;
    const brg_gate gate = brg_gate_find(l->text + l->name_at, l->name_length);
    if (gate == BRG_GATE_COUNT) return unknown(p);
    if (gate == BRG_GATE_REPEAT) return read_repeat(p);
    double args[BRG_CIRCUIT_ARGS];
    size_t args_at[BRG_CIRCUIT_ARGS];
    uint32_t count;
    if (!brg_lexer_args(l, args, args_at, BRG_CIRCUIT_ARGS, &count)) return false;
    if (!check_args(p, gate, args, args_at, count)) return false;
    if (!read_targets(p, brg_gate_get(gate))) return false;
    brg_circuit_builder_add(&p->build, gate, args, count, p->targets, (uint32_t)p->target_count);
    if (p->build.measurements > BRG_CIRCUIT_RECORDS)
        return brg_lexer_fail(l, l->name_at, "more than 2^40 records");
    return true;
}

/* A block whose header line is wrong must still match its brace, or one error would become two. */
static void recover(parser *p) {
    brg_lexer *l = &p->lex;
    const char *text = l->text + l->line_start;
    size_t length = 0;
    while (l->line_start + length < l->length && text[length] != '\n' && text[length] != '#')
        length++;
    while (length &&
           (text[length - 1] == ' ' || text[length - 1] == '\t' || text[length - 1] == '\r'))
        length--;
    const bool repeat = brg_gate_find(l->text + l->name_at, l->name_length) == BRG_GATE_REPEAT;
    if (length == 0 || text[length - 1] != '{' || l->name_length == 0 || repeat) return;
    if (p->build.depth == BRG_CIRCUIT_DEPTH) {
        p->too_deep++;
        return;
    }
    brg_circuit_builder_open(&p->build, 1);
    p->open_line[p->build.depth] = l->line;
    p->open_column[p->build.depth] = l->name_at - l->line_start + 1;
}

int brg_circuit_parse(brg_circuit **out, const char *text, size_t length, const char *file,
                      brg_diag *diag) {
    if (!out || (!text && length)) return BRG_EINVAL;
    *out = NULL;
    parser p = {0};
    brg_lexer_start(&p.lex, text, length, file, diag);
    brg_circuit_builder_start(&p.build);
    while (!p.build.status) {
        const brg_lexer_line line = brg_lexer_next(&p.lex);
        if (line == BRG_LINE_END) break;
        if (line == BRG_LINE_CLOSE) close_block(&p);
        if (line == BRG_LINE_NAME && !read_instruction(&p)) recover(&p);
        brg_lexer_skip_line(&p.lex);
    }
    if (!p.build.status && p.build.depth) {
        brg_diag_add(diag, file, p.open_line[p.build.depth], p.open_column[p.build.depth], "REPEAT",
                     "block is not closed, '}' expected");
        p.lex.failed = true;
    }
    if (p.lex.failed && !p.build.status) p.build.status = BRG_EINPUT;
    free(p.targets);
    const int status = brg_circuit_builder_end(&p.build, out);
    if (status == BRG_ENOMEM) brg_diag_add(diag, file, 0, 0, "", "%s", brg_strerror(status));
    return status;
}
