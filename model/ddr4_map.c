/* SPDX-License-Identifier: Apache-2.0 */
/* DDR4 address maps: as rtl/brg_ddr4_map.sv, by taking bits off the low end in turn. */
#include <string.h>
#include <strings.h>

#include "model/ddr4.h"

/* The fields of an address from its low end; the column comes in two pieces at most. */
typedef enum { COLUMN_LOW, COLUMN_HIGH, RANK, GROUP, BANK, ROW, PIECES } piece;

typedef struct {
    const char *name;
    piece order[PIECES];
    unsigned column_low_bits; /* the rest of the 7 are COLUMN_HIGH */
    bool mixed;
} map_rule;

static const map_rule rules[BRG_DDR4_MAPS] = {
    [BRG_DDR4_ROCHRABABGCO] = {"rochrababgco",
                               {COLUMN_LOW, COLUMN_HIGH, GROUP, BANK, RANK, ROW},
                               7,
                               false},
    [BRG_DDR4_ROCHRABACOBG] = {"rochrabacobg",
                               {GROUP, COLUMN_LOW, COLUMN_HIGH, BANK, RANK, ROW},
                               7,
                               false},
    [BRG_DDR4_ROBARACOCH] = {"robaracoch",
                             {COLUMN_LOW, COLUMN_HIGH, RANK, GROUP, BANK, ROW},
                             7,
                             false},
    [BRG_DDR4_MOP4CLXOR] = {"mop4clxor",
                            {COLUMN_LOW, RANK, GROUP, BANK, COLUMN_HIGH, ROW},
                            2,
                            true},
};

static void widths(unsigned bits[PIECES], const map_rule *rule, uint8_t ranks) {
    bits[COLUMN_LOW] = rule->column_low_bits;
    bits[COLUMN_HIGH] = 7 - rule->column_low_bits;
    bits[RANK] = ranks == 2 ? 1 : 0;
    bits[GROUP] = bits[BANK] = 2;
    bits[ROW] = 16;
}

/* XORs the column's bits, low end first, into rank, bank group, bank and row: its own inverse. */
static void mix(uint32_t value[PIECES], const unsigned bits[PIECES]) {
    static const piece order[] = {RANK, GROUP, BANK, ROW};
    uint32_t column = value[COLUMN_LOW] | value[COLUMN_HIGH] << bits[COLUMN_LOW];
    for (int i = 0; i < 4; i++) {
        value[order[i]] ^= column & ((1u << bits[order[i]]) - 1);
        column >>= bits[order[i]];
    }
}

const char *brg_ddr4_map_name(brg_ddr4_map map) {
    return map >= 0 && map < BRG_DDR4_MAPS ? rules[map].name : "";
}

brg_ddr4_map brg_ddr4_map_find(const char *name) {
    int i = 0;
    while (i < BRG_DDR4_MAPS && (name == NULL || strcasecmp(rules[i].name, name) != 0)) i++;
    return (brg_ddr4_map)i;
}

uint64_t brg_ddr4_capacity_bytes(uint8_t ranks) {
    return (uint64_t)(ranks == 2 ? 2 : 1) << 33;
}

brg_ddr4_place brg_ddr4_decode(brg_ddr4_map map, uint8_t ranks, uint64_t address) {
    const map_rule *rule = &rules[map];
    unsigned bits[PIECES];
    uint32_t value[PIECES];
    widths(bits, rule, ranks);
    uint64_t line = address >> 6;
    for (int i = 0; i < PIECES; i++) {
        const piece p = rule->order[i];
        value[p] = (uint32_t)(line & ((1u << bits[p]) - 1));
        line >>= bits[p];
    }
    if (rule->mixed) mix(value, bits);
    return (brg_ddr4_place){value[RANK], value[GROUP], value[BANK], value[ROW],
                            value[COLUMN_LOW] | value[COLUMN_HIGH] << bits[COLUMN_LOW]};
}

uint64_t brg_ddr4_encode(brg_ddr4_map map, uint8_t ranks, brg_ddr4_place place) {
    const map_rule *rule = &rules[map];
    unsigned bits[PIECES];
    widths(bits, rule, ranks);
    uint32_t value[PIECES];
    value[COLUMN_LOW] = place.column & ((1u << bits[COLUMN_LOW]) - 1);
    value[COLUMN_HIGH] = place.column >> bits[COLUMN_LOW];
    value[RANK] = place.rank;
    value[GROUP] = place.group;
    value[BANK] = place.bank;
    value[ROW] = place.row;
    if (rule->mixed) mix(value, bits);
    uint64_t line = 0;
    for (int i = PIECES - 1; i >= 0; i--) {
        const piece p = rule->order[i];
        line = line << bits[p] | (value[p] & ((1u << bits[p]) - 1));
    }
    return line << 6;
}

uint32_t brg_ddr4_store_address(brg_ddr4_place p) {
    return (((p.rank << 2 | p.group) << 2 | p.bank) << 16 | p.row) << 7 | p.column;
}

brg_ddr4_place brg_ddr4_store_place(uint32_t s) {
    return (brg_ddr4_place){s >> 27 & 1, s >> 25 & 3, s >> 23 & 3, s >> 7 & 0xffff, s & 127};
}
