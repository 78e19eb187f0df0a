/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a tier: an image that stays as it is, and copies of the pages that were written, found
 * by an open hash table. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "model/tiers.h"

enum { PAGE_BYTES = 4096 };

typedef struct entry {
    uint64_t page; /* number + 1; 0 is a free place */
    unsigned char *bytes;
} entry;

struct brg_image_store {
    const brg_planes *image;
    uint64_t image_bytes, capacity_bytes;
    entry *table;
    size_t places, used; /* places is a power of two, at most half of them used */
};

int brg_image_store_new(brg_image_store **out, const brg_planes *image, uint64_t capacity_bytes) {
    *out = NULL;
    const uint64_t bytes = image ? (uint64_t)image->word_width * image->plane_words * 8 : 0;
    if (capacity_bytes < bytes || capacity_bytes == 0) return BRG_EINVAL;
    brg_image_store *s = calloc(1, sizeof *s);
    if (s == NULL) return BRG_ENOMEM;
    s->image = image;
    s->image_bytes = bytes;
    s->capacity_bytes = capacity_bytes;
    s->places = 64;
    s->table = calloc(s->places, sizeof *s->table);
    if (s->table == NULL) {
        free(s);
        return BRG_ENOMEM;
    }
    *out = s;
    return BRG_OK;
}

void brg_image_store_destroy(brg_image_store **store) {
    if (store == NULL || *store == NULL) return;
    for (size_t i = 0; i < (*store)->places; i++) free((*store)->table[i].bytes);
    free((*store)->table);
    free(*store);
    *store = NULL;
}

size_t brg_image_store_pages(const brg_image_store *store) {
    return store->used;
}

static entry *place(entry *table, size_t places, uint64_t page) {
    size_t i = (size_t)((page * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (places - 1);
    while (table[i].page != 0 && table[i].page != page + 1) i = (i + 1) & (places - 1);
    return &table[i];
}

static void image_read(const brg_image_store *s, uint64_t address, unsigned char *to, size_t n) {
    const uint64_t left = address < s->image_bytes ? s->image_bytes - address : 0;
    const size_t have = left < n ? (size_t)left : n;
#if __BYTE_ORDER == __LITTLE_ENDIAN
    if (have > 0) memcpy(to, (const unsigned char *)s->image->bits + address, have);
#else
    for (size_t i = 0; i < have; i++)
        to[i] = (unsigned char)(s->image->bits[(address + i) / 8] >> (8 * ((address + i) % 8)));
#endif
    memset(to + have, 0, n - have);
}

static bool inside(const brg_image_store *s, uint64_t address, size_t bytes) {
    return bytes <= s->capacity_bytes && address <= s->capacity_bytes - bytes;
}

static int store_read(void *context, uint64_t address, void *to, size_t bytes) {
    const brg_image_store *s = context;
    if (!inside(s, address, bytes)) return BRG_EINVAL;
    unsigned char *p = to;
    while (bytes > 0) {
        const size_t offset = (size_t)(address % PAGE_BYTES);
        const size_t n = bytes < PAGE_BYTES - offset ? bytes : PAGE_BYTES - offset;
        const entry *e = place(s->table, s->places, address / PAGE_BYTES);
        if (e->page != 0)
            memcpy(p, e->bytes + offset, n);
        else
            image_read(s, address, p, n);
        p += n;
        address += n;
        bytes -= n;
    }
    return BRG_OK;
}

static int grow(brg_image_store *s) {
    const size_t places = s->places * 2;
    entry *table = calloc(places, sizeof *table);
    if (table == NULL) return BRG_ENOMEM;
    for (size_t i = 0; i < s->places; i++)
        if (s->table[i].page != 0) *place(table, places, s->table[i].page - 1) = s->table[i];
    free(s->table);
    s->table = table;
    s->places = places;
    return BRG_OK;
}

static int store_write(void *context, uint64_t address, const void *from, size_t bytes) {
    brg_image_store *s = context;
    if (!inside(s, address, bytes)) return BRG_EINVAL;
    const unsigned char *p = from;
    while (bytes > 0) {
        const uint64_t page = address / PAGE_BYTES;
        const size_t offset = (size_t)(address % PAGE_BYTES);
        const size_t n = bytes < PAGE_BYTES - offset ? bytes : PAGE_BYTES - offset;
        entry *e = place(s->table, s->places, page);
        if (e->page == 0) {
            if (2 * (s->used + 1) > s->places) {
                if (grow(s) != BRG_OK) return BRG_ENOMEM;
                e = place(s->table, s->places, page);
            }
            unsigned char *copy = malloc(PAGE_BYTES);
            if (copy == NULL) return BRG_ENOMEM;
            image_read(s, page * PAGE_BYTES, copy, PAGE_BYTES);
            e->bytes = copy;
            e->page = page + 1;
            s->used++;
        }
        memcpy(e->bytes + offset, p, n);
        p += n;
        address += n;
        bytes -= n;
    }
    return BRG_OK;
}

brg_store brg_image_store_face(brg_image_store *store) {
    return (brg_store){.context = store, .read = store_read, .write = store_write};
}
