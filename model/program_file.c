/* SPDX-License-Identifier: Apache-2.0 */
/* Binary form of microprograms: 96-byte header, control words, CRC-32 (docs/control_word.md). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/byte_error.h"
#include "model/program.h"
#include "model/program_private.h"

enum {
    VERSION = 1,
    HEADER_BYTES = 96,
    NAME_OFFSET = 32,
    NAME_BYTES = 64,
    LOOP_OFFSET = 24,
    WORD_BYTES = BRG_WORD_BITS / 8,
    CRC_BYTES = 4,
    MAX_BYTES = HEADER_BYTES + BRG_PROGRAM_WORDS * WORD_BYTES + CRC_BYTES
};
static const char magic[4] = {'B', 'R', 'G', 'P'};

static void put32(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t get32(const uint8_t *from) {
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

/* CRC-32 of IEEE 802.3: reflected polynomial 0xEDB88320. */
static uint32_t crc32_of(const uint8_t *data, size_t length) {
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}

static size_t serialize(const brg_program *p, uint8_t *data) {
    memcpy(data, magic, sizeof magic);
    put32(data + 4, VERSION);
    put32(data + 8, (uint32_t)p->routers);
    put32(data + 12, p->address_width | p->page_bits << 16);
    put32(data + 16, p->word_width);
    put32(data + 20, p->count);
    for (int l = 0; l < BRG_LOOPS; l++) {
        data[LOOP_OFFSET + 2 * l] = (uint8_t)p->loop_count[l];
        data[LOOP_OFFSET + 2 * l + 1] = (uint8_t)(p->loop_count[l] >> 8);
    }
    memset(data + NAME_OFFSET, 0, NAME_BYTES);
    memcpy(data + NAME_OFFSET, p->name, strnlen(p->name, NAME_BYTES - 1));
    size_t at = HEADER_BYTES;
    for (uint32_t i = 0; i < p->count; i++) {
        uint32_t lanes[BRG_WORD_LANES];
        brg_word_encode(&p->words[i], lanes);
        for (int lane = 0; lane < BRG_WORD_LANES; lane++, at += 4) put32(data + at, lanes[lane]);
    }
    put32(data + at, crc32_of(data, at));
    return at + CRC_BYTES;
}

int brg_program_write(const brg_program *program, const char *path) {
    if (program == NULL || path == NULL || brg_program_check(program, NULL, NULL) != BRG_OK)
        return BRG_EINVAL;
    int status = BRG_ENOMEM;
    FILE *file = NULL;
    const size_t path_length = strlen(path);
    uint8_t *data = malloc(MAX_BYTES);
    char *partial = malloc(path_length + sizeof ".part");
    if (data == NULL || partial == NULL) goto out;
    memcpy(partial, path, path_length);
    memcpy(partial + path_length, ".part", sizeof ".part");
    const size_t length = serialize(program, data);
    status = BRG_EIO;
    file = fopen(partial, "wb");
    if (file == NULL) goto out;
    const bool written = fwrite(data, 1, length, file) == length;
    const bool closed = fclose(file) == 0;
    /* Renamed only when complete, so that a reader never meets half a program. */
    if (written && closed && rename(partial, path) == 0) {
        status = BRG_OK;
    } else {
        const int reason = errno;
        remove(partial);
        errno = reason;
    }
out:
    free(partial);
    free(data);
    return status;
}

static int read_header(brg_program *p, const uint8_t *data, size_t length, const char *file,
                       brg_diag *diag) {
    if (length < sizeof magic || memcmp(data, magic, sizeof magic) != 0)
        return brg_byte_error(diag, file, 0, "no microprogram: the file does not start with BRGP");
    if (length < HEADER_BYTES)
        return brg_byte_error(diag, file, length, "truncated in the header, which has %d bytes",
                              HEADER_BYTES);
    if (get32(data + 4) != VERSION)
        return brg_byte_error(diag, file, 4, "version %u is unknown, accepted %d", get32(data + 4),
                              VERSION);
    const uint32_t count = get32(data + 20);
    if (count < 1 || count > BRG_PROGRAM_WORDS)
        return brg_byte_error(diag, file, 20, "%u control words are out of range, accepted 1..%d",
                              count, BRG_PROGRAM_WORDS);
    const size_t expected = HEADER_BYTES + (size_t)count * WORD_BYTES + CRC_BYTES;
    if (length < expected)
        return brg_byte_error(diag, file, length, "truncated: %u control words need %zu bytes",
                              count, expected);
    if (length > expected)
        return brg_byte_error(diag, file, expected, "%zu bytes too many after the CRC",
                              length - expected);
    const size_t crc_at = expected - CRC_BYTES;
    if (get32(data + crc_at) != crc32_of(data, crc_at))
        return brg_byte_error(diag, file, crc_at, "the CRC-32 does not fit, the file is damaged");
    if (get32(data + 8) > BRG_THREE_LEVEL)
        return brg_byte_error(diag, file, 8,
                              "routers %u are unknown, accepted 0 (two_level) or 1 (three_level)",
                              get32(data + 8));
    const uint32_t address_width = get32(data + 12) & 0xffffu, page_bits = get32(data + 12) >> 16;
    if (address_width < 1 || address_width > BRG_MAX_ADDRESS_WIDTH)
        return brg_byte_error(diag, file, 12, "address width %u is out of range, accepted 1..%d",
                              address_width, BRG_MAX_ADDRESS_WIDTH);
    if (page_bits > BRG_MAX_PAGE_BITS || address_width + page_bits > BRG_MAX_ADDRESS_WIDTH)
        return brg_byte_error(diag, file, 14,
                              "page bits %u are out of range, accepted 0..%d, with the address "
                              "width at most %d",
                              page_bits, BRG_MAX_PAGE_BITS, BRG_MAX_ADDRESS_WIDTH);
    if (get32(data + 16) < 1 || get32(data + 16) > BRG_MAX_WORD_WIDTH)
        return brg_byte_error(diag, file, 16, "word width %u is out of range, accepted 1..%d",
                              get32(data + 16), BRG_MAX_WORD_WIDTH);
    const char *name = (const char *)data + NAME_OFFSET;
    const size_t name_length = strnlen(name, NAME_BYTES);
    if (!brg_program_name_ok(name, name_length))
        return brg_byte_error(diag, file, (size_t)NAME_OFFSET,
                              "bad name, accepted 1..63 letters, digits, '_', '-', '.'");
    for (size_t i = name_length; i < NAME_BYTES; i++)
        if (name[i] != 0)
            return brg_byte_error(diag, file, NAME_OFFSET + i, "bytes after the name, accepted 0");
    memcpy(p->name, name, name_length);
    p->routers = (brg_routers)get32(data + 8);
    p->address_width = address_width;
    p->page_bits = page_bits;
    p->word_width = get32(data + 16);
    p->count = count;
    for (int l = 0; l < BRG_LOOPS; l++)
        p->loop_count[l] =
            (uint16_t)(data[LOOP_OFFSET + 2 * l] | data[LOOP_OFFSET + 2 * l + 1] << 8);
    return BRG_OK;
}

static int read_words(brg_program *p, const uint8_t *data, const char *file, brg_diag *diag) {
    static const char *const faults[] = {"", "parity error", "a reserved bit is set", ""};
    int status = BRG_OK;
    for (uint32_t i = 0; i < p->count; i++) {
        const size_t at = HEADER_BYTES + (size_t)i * WORD_BYTES;
        uint32_t lanes[BRG_WORD_LANES];
        for (size_t lane = 0; lane < BRG_WORD_LANES; lane++)
            lanes[lane] = get32(data + at + 4 * lane);
        const brg_word_fault fault = brg_word_decode(lanes, &p->words[i]);
        if (fault == BRG_WORD_GOOD) continue;
        const char *why = faults[fault];
        if (fault == BRG_WORD_ILLEGAL) {
            why = brg_word_rule(&p->words[i]);
            if (why == NULL) why = "an index or a page is given without its valid bit";
        }
        status = brg_byte_error(diag, file, at, "word %u: %s", i, why);
    }
    return status;
}

int brg_program_read(brg_program **out, const void *data, size_t length, const char *file,
                     brg_diag *diag) {
    if (out == NULL || (data == NULL && length > 0)) return BRG_EINVAL;
    *out = NULL;
    brg_program *p = NULL;
    int status = brg_program_new(&p);
    if (status != BRG_OK) return status;
    status = read_header(p, data, length, file, diag);
    if (status == BRG_OK) status = read_words(p, data, file, diag);
    if (status == BRG_OK) status = brg_program_check(p, file, diag);
    if (status == BRG_OK)
        *out = p;
    else
        brg_program_destroy(&p);
    return status;
}
