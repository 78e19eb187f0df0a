/* SPDX-License-Identifier: Apache-2.0 */
/* The table of scenario keys and the strict reading of single values. */
#include "testbench/scenario_keys.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIST(...) \
    { __VA_ARGS__, NULL }
#define ON_OFF BRG_TYPE_CHOICE, NULL, 0, 0, LIST("off", "on")
#define LENGTH_NS BRG_TYPE_REAL, "ns", 1e-3, 1e9, {NULL}, NULL, NULL

/* Both slow tiers have the same keys. */
/* clang-format off */
#define TIER_KEYS(T, t, preset_name) \
    [BRG_KEY_##T##_PRESET] = {"memory." t ".preset", BRG_TYPE_TEXT, NULL, 0, 0, {NULL}, preset_name, \
                             NULL, "values that the other keys replace, see `brigade list memories`"}, \
    [BRG_KEY_##T##_LATENCY] = {"memory." t ".latency", BRG_TYPE_CHOICE, NULL, 0, 0,                \
                              LIST("constant", "lognormal", "trace"), "lognormal", NULL,           \
                              "distribution of the time to the first byte"},                       \
    [BRG_KEY_##T##_LATENCY_NS] = {"memory." t ".latency_ns", BRG_TYPE_REAL, "ns", 0, 1e13, {NULL}, NULL, \
                                 NULL, "constant, or median of the lognormal; default: the preset"}, \
    [BRG_KEY_##T##_SIGMA] = {"memory." t ".sigma", BRG_TYPE_REAL, NULL, 0, 10, {NULL}, NULL, NULL, \
                            "of the logarithm of a lognormal latency; default: the preset"},       \
    [BRG_KEY_##T##_TRACE] = {"memory." t ".trace", BRG_TYPE_TEXT, NULL, 0, 0, {NULL}, NULL, NULL,  \
                            "file of latencies in ns for latency: trace; relative to the scenario"}, \
    [BRG_KEY_##T##_BANDWIDTH] = {"memory." t ".bandwidth_gb_per_s", BRG_TYPE_REAL, "GB/s", 0, 1e6, {NULL}, \
                                NULL, NULL, "0 means no limit; default: the preset"},              \
    [BRG_KEY_##T##_RATE] = {"memory." t ".requests_per_s", BRG_TYPE_REAL, "1/s", 0, 1e12, {NULL}, NULL, \
                           NULL, "limit of requests, 0 means none; default: the preset"},          \
    [BRG_KEY_##T##_CONCURRENT] = {"memory." t ".concurrent", BRG_TYPE_INTEGER, NULL, 0, 65536, {NULL}, \
                                 NULL, NULL, "requests in service at a time, 0 means no limit; "   \
                                 "default: the preset"},                                           \
    [BRG_KEY_##T##_OUTAGE_START_NS] = {"memory." t ".outage_start_ns", BRG_TYPE_REAL, "ns", 0, 1e13, \
                                      {NULL}, "0", NULL, "start of the one outage of outage_ns"},  \
    [BRG_KEY_##T##_OUTAGE_NS] = {"memory." t ".outage_ns", BRG_TYPE_REAL, "ns", 0, 1e13, {NULL}, "0", \
                                NULL, "its length, 0 means none"},                                 \
    [BRG_KEY_##T##_OUTAGE_BETWEEN_NS] = {"memory." t ".outage_between_ns", BRG_TYPE_REAL, "ns", 0, 1e15, \
                                        {NULL}, "0", NULL,                                         \
                                        "random outages: mean time between two, 0 means none"},    \
    [BRG_KEY_##T##_OUTAGE_MEAN_NS] = {"memory." t ".outage_mean_ns", BRG_TYPE_REAL, "ns", 0, 1e13, {NULL}, \
                                     "0", NULL, "random outages: mean length"},                    \
    [BRG_KEY_##T##_OUTAGE_ANSWER] = {"memory." t ".outage_answer", BRG_TYPE_CHOICE, NULL, 0, 0,    \
                                    LIST("silent", "error", "late"), "silent", NULL,               \
                                    "what a request gets that an outage meets"},                   \
    [BRG_KEY_##T##_ERRORS] = {"memory." t ".error_probability", BRG_TYPE_REAL, NULL, 0, 1, {NULL}, "0", \
                             NULL, "of a request outside outages"},                                \
    [BRG_KEY_##T##_TIMEOUT_NS] = {"memory." t ".time_out_ns", BRG_TYPE_REAL, "ns", 1, 1e15, {NULL}, "1e9", \
                                 NULL, "of one attempt"},                                          \
    [BRG_KEY_##T##_ON_FAILURE] = {"memory." t ".on_failure", BRG_TYPE_CHOICE, NULL, 0, 0,          \
                                 LIST("wait", "fail"), "wait", NULL,                               \
                                 "wait: retry, up to 10000 attempts; fail: give up after `retries`"},           \
    [BRG_KEY_##T##_RETRIES] = {"memory." t ".retries", BRG_TYPE_INTEGER, NULL, 0, 1e9, {NULL}, "3", NULL, \
                              "after the first attempt, with on_failure: fail"},                   \
    [BRG_KEY_##T##_BACKOFF_NS] = {"memory." t ".backoff_ns", BRG_TYPE_REAL, "ns", 0, 1e13, {NULL}, "1e6", \
                                 NULL, "pause before the first retry"},                            \
    [BRG_KEY_##T##_BACKOFF] = {"memory." t ".backoff", BRG_TYPE_CHOICE, NULL, 0, 0,                \
                              LIST("exponential", "constant"), "exponential", NULL,                \
                              "exponential: twice as long each time"}
/* clang-format on */

/* A row of the table is easier to read in two or three lines. */
/* clang-format off */
static const brg_key keys[BRG_KEY_COUNT] = {
    [BRG_KEY_VERSION] = {"version", BRG_TYPE_INTEGER, NULL, 1, 1, {NULL}, "1", NULL,
                         "version of this file format"},
    [BRG_KEY_NAME] = {"name", BRG_TYPE_TEXT, NULL, 0, 0, {NULL}, "scenario", NULL,
                      "name shown in results, 1..64 bytes"},
    [BRG_KEY_SEED] = {"seed", BRG_TYPE_INTEGER, NULL, 0, 9223372036854775807.0, {NULL}, "1", NULL,
                      "seed of every random stream"},
    [BRG_KEY_TECHNOLOGY] = {"technology", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, "base",
                            "qubit technology and its times"},
    [BRG_KEY_TECHNOLOGY_BASE] = {"technology.base", BRG_TYPE_TEXT, NULL, 0, 0, {NULL}, "transmon",
                                 NULL, "preset, see `brigade list technologies`"},
    [BRG_KEY_SLICE_NS] = {"technology.slice_ns", LENGTH_NS,
                          "length of every slice class at once; a class given by its own key "
                          "keeps that value"},
    [BRG_KEY_CSWAP_NS] = {"technology.cswap_ns", LENGTH_NS,
                          "slice with a CSWAP; default: the preset"},
    [BRG_KEY_LATCH_SWAP_NS] = {"technology.latch_swap_ns", LENGTH_NS,
                               "slice with a latch swap; default: the preset"},
    [BRG_KEY_REGISTER_SWAP_NS] = {"technology.register_swap_ns", LENGTH_NS,
                                  "slice with a swap with a register; default: the preset"},
    [BRG_KEY_FETCH_NS] = {"technology.fetch_ns", LENGTH_NS,
                          "slice with a leaf operation; default: the preset"},
    [BRG_KEY_READOUT_NS] = {"technology.readout_ns", LENGTH_NS,
                            "readout of the bus; default: the preset"},
    [BRG_KEY_T1_NS] = {"technology.t1_ns", BRG_TYPE_REAL, "ns", 0, 1e18, {NULL}, NULL, NULL,
                       "energy relaxation time, 0 means none; default: the preset"},
    [BRG_KEY_T2_NS] = {"technology.t2_ns", BRG_TYPE_REAL, "ns", 0, 1e18, {NULL}, NULL, NULL,
                       "coherence time, two_level only, 0 means no dephasing; default: the preset"},
    [BRG_KEY_TPHI_NS] = {"technology.tphi_ns", BRG_TYPE_REAL, "ns", 0, 1e18, {NULL}, NULL, NULL,
                         "pure dephasing time, 0 means none; default: from T1 and T2, or the "
                         "preset"},
    [BRG_KEY_CLOCK_MHZ] = {"clock_mhz", BRG_TYPE_REAL, "MHz", 1e-3, 1e4, {NULL}, "250", NULL,
                           "clock of the controller, a multiple of 1 kHz"},
    [BRG_KEY_QRAM] = {"qram", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, NULL, "the QRAM tree"},
    [BRG_KEY_PROGRAM] = {"qram.program", BRG_TYPE_TEXT, NULL, 0, 0, {NULL}, "bucket_brigade", NULL,
                         "built-in program (`brigade list programs`) or path of a .bqa or .bqp "
                         "file"},
    [BRG_KEY_ROUTERS] = {"qram.routers", BRG_TYPE_CHOICE, NULL, 0, 0,
                         LIST("two_level", "three_level"), "two_level", NULL, "router model"},
    [BRG_KEY_ADDRESS_WIDTH] = {"qram.address_width", BRG_TYPE_INTEGER, NULL, 1, 24, {NULL}, "4",
                               NULL, "address bits n; the memory has 2^n cells"},
    [BRG_KEY_WORD_WIDTH] = {"qram.word_width", BRG_TYPE_INTEGER, NULL, 1, 64, {NULL}, "1", NULL,
                            "bits k of a memory word"},
    [BRG_KEY_PAGES] = {"qram.pages", BRG_TYPE_INTEGER, NULL, 1, 4096, {NULL}, "1", NULL,
                       "pages K of the table, a power of two: 2^address_width cells each, one after "
                       "the other in the tree (load-once queries)"},
    [BRG_KEY_PAGE_WAIT] = {"qram.page_wait", BRG_TYPE_CHOICE, NULL, 0, 0, LIST("fetch", "entry"),
                           "fetch", NULL, "where a query waits for its data"},
    [BRG_KEY_MEMORY] = {"memory", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, NULL,
                        "the memory behind the controller"},
    [BRG_KEY_IMAGE] = {"memory.image", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, "kind",
                       "what the memory holds"},
    [BRG_KEY_IMAGE_KIND] = {"memory.image.kind", BRG_TYPE_CHOICE, NULL, 0, 0,
                            LIST("parity", "random", "zero", "file"), "parity", NULL,
                            "random follows the seed"},
    [BRG_KEY_IMAGE_PATH] = {"memory.image.path", BRG_TYPE_TEXT, NULL, 0, 0, {NULL}, NULL, NULL,
                            "file of kind file; relative to the scenario, in --set to the current "
                            "folder"},
    [BRG_KEY_IMAGE_FORMAT] = {"memory.image.format", BRG_TYPE_CHOICE, NULL, 0, 0,
                              LIST("raw", "csv"), NULL, NULL,
                              "format of that file; default: csv when the path ends in .csv, "
                              "else raw"},
    [BRG_KEY_LATENCY_NS] = {"memory.latency_ns", BRG_TYPE_REAL, "ns", 0, 1e9, {NULL}, "50", NULL,
                            "read request to first beat"},
    [BRG_KEY_BANDWIDTH] = {"memory.bandwidth_gb_per_s", BRG_TYPE_REAL, "GB/s", 1e-6, 1e6, {NULL},
                           "8", NULL, "10^9 bytes/s of the one channel"},
    [BRG_KEY_MEMORY_CLOCK] = {"memory.clock_mhz", BRG_TYPE_REAL, "MHz", 1e-3, 1e4, {NULL}, NULL, NULL,
                              "clock of the cache, a multiple of 1 kHz; default: clock_mhz; reads cross "
                              "to it even when both are equal"},
    [BRG_KEY_NEAR] = {"memory.near", BRG_TYPE_CHOICE, NULL, 0, 0, LIST("fixed", "ddr4"), "fixed", NULL,
                      "near memory: one tier of latency_ns and bandwidth_gb_per_s, or the DDR4 "
                      "controller and device"},
    [BRG_KEY_CACHE] = {"memory.cache", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, "kind",
                       "the cache in front of near memory"},
    [BRG_KEY_CACHE_KIND] = {"memory.cache.kind", BRG_TYPE_CHOICE, NULL, 0, 0,
                            LIST("none", "set_associative"), "none", NULL, "cache or none"},
    [BRG_KEY_CACHE_WAYS] = {"memory.cache.ways", BRG_TYPE_INTEGER, NULL, 1, 8, {NULL}, "4", NULL,
                            "a power of two"},
    [BRG_KEY_CACHE_SETS] = {"memory.cache.sets", BRG_TYPE_INTEGER, NULL, 1, 1024, {NULL}, "64", NULL,
                            "a power of two"},
    [BRG_KEY_CACHE_LINE] = {"memory.cache.line_bytes", BRG_TYPE_INTEGER, "bytes", 64, 256, {NULL}, "64",
                            NULL, "64, 128 or 256"},
    [BRG_KEY_CACHE_POLICY] = {"memory.cache.policy", BRG_TYPE_CHOICE, NULL, 0, 0,
                              LIST("lru", "plru", "random"), "lru", NULL, "replacement"},
    [BRG_KEY_CACHE_ECC] = {"memory.cache.ecc", BRG_TYPE_CHOICE, NULL, 0, 0, LIST("none", "secded"),
                           "none", NULL, "error correction of the cache's data"},
    [BRG_KEY_PREFETCH] = {"memory.prefetch", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, "kind",
                          "prefetcher of the cache"},
    [BRG_KEY_PREFETCH_KIND] = {"memory.prefetch.kind", BRG_TYPE_CHOICE, NULL, 0, 0,
                               LIST("none", "next_line", "stride", "page_ahead"), "none", NULL,
                               "page_ahead knows the page order of the program"},
    [BRG_KEY_PREFETCH_DEPTH] = {"memory.prefetch.depth", BRG_TYPE_INTEGER, NULL, 1, 64, {NULL}, "4",
                                NULL, "lines ahead"},
    [BRG_KEY_DRAM] = {"memory.dram", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, "part",
                      "the DRAM of memory.near: ddr4"},
    [BRG_KEY_DRAM_PART] = {"memory.dram.part", BRG_TYPE_TEXT, NULL, 0, 0, {NULL}, "DDR4-2400", NULL,
                           "DDR4-2400, DDR4-3200, or path of a table `param,value` (.csv)"},
    [BRG_KEY_DRAM_SCHEDULER] = {"memory.dram.scheduler", BRG_TYPE_CHOICE, NULL, 0, 0,
                                LIST("fr_fcfs", "in_order"), "fr_fcfs", NULL, "order of requests"},
    [BRG_KEY_DRAM_PAGE] = {"memory.dram.page", BRG_TYPE_CHOICE, NULL, 0, 0, LIST("open", "closed"),
                           "open", NULL, "rows stay open, or close after an access"},
    [BRG_KEY_DRAM_MAP] = {"memory.dram.address_map", BRG_TYPE_CHOICE, NULL, 0, 0,
                          LIST("rochrababgco", "rochrabacobg", "robaracoch", "mop4clxor"),
                          "rochrabacobg", NULL, "address bits, high to low"},
    [BRG_KEY_DRAM_RANKS] = {"memory.dram.ranks", BRG_TYPE_INTEGER, NULL, 1, 2, {NULL}, "1", NULL,
                            "ranks of eight x8 devices"},
    [BRG_KEY_DRAM_REFRESH] = {"memory.dram.refresh", ON_OFF, "on", NULL, "all-bank refresh"},
    [BRG_KEY_DRAM_POSTPONE] = {"memory.dram.postpone", BRG_TYPE_INTEGER, NULL, 0, 8, {NULL}, "0", NULL,
                               "refreshes put off at most while requests wait"},
    [BRG_KEY_TRAFFIC] = {"memory.traffic", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, "period_ns",
                         "reads of another initiator on near memory"},
    [BRG_KEY_TRAFFIC_PERIOD] = {"memory.traffic.period_ns", BRG_TYPE_REAL, "ns", 0, 1e12, {NULL}, "0",
                                NULL, "time between two, 0 means none"},
    [BRG_KEY_TRAFFIC_BYTES] = {"memory.traffic.bytes", BRG_TYPE_INTEGER, "bytes", 64, 4096, {NULL},
                               "4096", NULL, "of each, a multiple of 64"},
    [BRG_KEY_TIERS] = {"memory.tiers", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, "home",
                       "staging of pages to near memory"},
    [BRG_KEY_TIERS_HOME] = {"memory.tiers.home", BRG_TYPE_CHOICE, NULL, 0, 0,
                            LIST("near", "edge", "cloud"), "near", NULL, "where the table lives"},
    [BRG_KEY_TIERS_PAGE] = {"memory.tiers.page_bytes", BRG_TYPE_INTEGER, "bytes", 64, 1048576, {NULL},
                            "4096", NULL, "unit of staging, a power of two"},
    [BRG_KEY_TIERS_NEAR_FRAMES] = {"memory.tiers.near_frames", BRG_TYPE_INTEGER, NULL, 1, 1048576,
                                   {NULL}, "1024", NULL, "pages that near memory holds"},
    [BRG_KEY_TIERS_EDGE_FRAMES] = {"memory.tiers.edge_frames", BRG_TYPE_INTEGER, NULL, 0, 1048576,
                                   {NULL}, "0", NULL,
                                   "pages that the edge tier holds for home: cloud, 0 means no edge "
                                   "tier"},
    [BRG_KEY_TIERS_INCLUSION] = {"memory.tiers.inclusion", BRG_TYPE_CHOICE, NULL, 0, 0,
                                 LIST("inclusive", "exclusive"), "inclusive", NULL,
                                 "whether the edge tier keeps pages that near memory has"},
    [BRG_KEY_TIERS_PROMOTE] = {"memory.tiers.promote_after", BRG_TYPE_INTEGER, NULL, 1, 1e6, {NULL},
                               "1", NULL, "a page is staged at its N-th access"},
    [BRG_KEY_TIERS_AHEAD] = {"memory.tiers.read_ahead", BRG_TYPE_INTEGER, NULL, 0, 64, {NULL}, "0",
                             NULL, "pages staged ahead"},
    [BRG_KEY_TIERS_JOBS] = {"memory.tiers.jobs", BRG_TYPE_INTEGER, NULL, 1, 64, {NULL}, "8", NULL,
                            "stagings in flight"},
    [BRG_KEY_EDGE] = {"memory.edge", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, "preset",
                      "the edge tier; used when memory.tiers.home is edge or cloud"},
    TIER_KEYS(EDGE, "edge", "edge"),
    [BRG_KEY_CLOUD] = {"memory.cloud", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, "preset",
                      "the cloud tier; used when memory.tiers.home is cloud"},
    TIER_KEYS(CLOUD, "cloud", "object_store"),
    [BRG_KEY_CONTROL] = {"control", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, "store",
                         "the store of control words"},
    [BRG_KEY_CONTROL_STORE] = {"control.store", BRG_TYPE_CHOICE, NULL, 0, 0,
                               LIST("on_chip", "cached"), "on_chip", NULL,
                               "1024 words on chip, or a cache of a store in near memory of 4096 "
                               "words"},
    [BRG_KEY_CONTROL_WORDS] = {"control.capacity_words", BRG_TYPE_INTEGER, NULL, 8, 1024, {NULL}, "256",
                               NULL, "of that cache, a power of two"},
    [BRG_KEY_CONTROL_PREFETCH] = {"control.prefetch", ON_OFF, "on", NULL, "fetch the next line early"},
    [BRG_KEY_PULSE] = {"pulse", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, "source",
                       "pulse parameters of the routers"},
    [BRG_KEY_PULSE_SOURCE] = {"pulse.source", BRG_TYPE_CHOICE, NULL, 0, 0, LIST("none", "memory"),
                              "none", NULL, "none: always there; memory: streamed for every slice"},
    [BRG_KEY_PULSE_CHANNELS] = {"pulse.channels", BRG_TYPE_INTEGER, NULL, 1, 8, {NULL}, "4", NULL,
                                "channels of the pulse memory"},
    [BRG_KEY_PULSE_BYTES] = {"pulse.bytes_per_pulse", BRG_TYPE_INTEGER, "bytes", 1, 16, {NULL}, "8",
                             NULL, "parameters of one pulse"},
    [BRG_KEY_PULSE_BANDWIDTH] = {"pulse.channel_gb_per_s", BRG_TYPE_REAL, "GB/s", 1e-4, 1e3, {NULL},
                                 "4", NULL, "of each channel; 4 is 16-bit I/Q at 1 GS/s"},
    [BRG_KEY_PULSE_BUFFER] = {"pulse.buffer_words", BRG_TYPE_INTEGER, NULL, 1, 4096, {NULL}, "1024",
                              NULL, "pulses that the streaming buffer of a layer holds"},
    [BRG_KEY_PULSE_COMPRESSION] = {"pulse.compression", BRG_TYPE_CHOICE, NULL, 0, 0,
                                   LIST("none", "delta"), "none", NULL, "lossless, of the stream"},
    [BRG_KEY_PULSE_SPREAD] = {"pulse.spread", BRG_TYPE_REAL, NULL, 0, 1, {NULL}, "0.01", NULL,
                              "relative spread of the calibration of the routers"},
    [BRG_KEY_QEC] = {"qec", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, "scope",
                     "error correction of qubits"},
    [BRG_KEY_QEC_SCOPE] = {"qec.scope", BRG_TYPE_CHOICE, NULL, 0, 0, LIST("none", "registers", "tree"), "none", NULL,
                           "registers: each address and bus qubit is a patch while it is outside the "
                           "tree; tree: each cell of the tree is one too, with errors from a fit"},
    [BRG_KEY_QEC_CODE] = {"qec.code", BRG_TYPE_CHOICE, NULL, 0, 0, LIST("surface_rotated"),
                          "surface_rotated", NULL, "code of a patch"},
    [BRG_KEY_QEC_DISTANCE] = {"qec.distance", BRG_TYPE_INTEGER, NULL, 3, 31, {NULL}, "5", NULL,
                              "code distance, odd; scope registers up to 15, decoder rtl 3, 5 and 7"},
    [BRG_KEY_QEC_LAYERS] = {"qec.layers", BRG_TYPE_LIST, NULL, 3, 31, {NULL}, NULL, NULL,
                            "scope tree: distances of the layers, root first, the last one for all "
                            "deeper; default: distance"},
    [BRG_KEY_QEC_P] = {"qec.p", BRG_TYPE_REAL, NULL, 0, 0.25, {NULL}, NULL, NULL,
                       "error rate at all four places of a round's circuit; default: each from the "
                       "technology, for scope tree one with about as many logical errors"},
    [BRG_KEY_QEC_ROUND_NS] = {"qec.round_ns", BRG_TYPE_REAL, "ns", 1, 1e9, {NULL}, NULL, NULL,
                              "time of a syndrome round; default: four register swap slices and a "
                              "readout"},
    [BRG_KEY_QEC_DECODER] = {"qec.decoder", BRG_TYPE_CHOICE, NULL, 0, 0,
                             LIST("rtl", "c", "lookup", "fit", "none"), "rtl", NULL,
                             "rtl: cycles and corrections of the verilated union-find decoder; the others take "
                             "per_round_ns: c union-find, lookup a table (d = 3), fit a rate instead of "
                             "syndromes; none: nothing is corrected"},
    [BRG_KEY_QEC_DECODER_CLOCK] = {"qec.decoder_clock_mhz", BRG_TYPE_REAL, "MHz", 1e-3, 1e4, {NULL},
                                   NULL, NULL,
                                   "clock of decoder rtl, a multiple of 1 kHz; default: clock_mhz"},
    [BRG_KEY_QEC_LATENCY_NS] = {"qec.latency_ns", BRG_TYPE_REAL, "ns", 0, 1e9, {NULL}, "0", NULL,
                                "from the end of decoding to the correction, links included"},
    [BRG_KEY_QEC_PER_ROUND_NS] = {"qec.per_round_ns", BRG_TYPE_REAL, "ns", 0, 1e9, {NULL}, "0", NULL,
                                  "time in a decoder of each round of a patch; not with decoder rtl"},
    [BRG_KEY_QEC_DECODERS] = {"qec.decoders", BRG_TYPE_INTEGER, NULL, 1, 1024, {NULL}, "1", NULL,
                              "patches decoded at a time"},
    [BRG_KEY_QEC_FIFO] = {"qec.fifo_depth", BRG_TYPE_INTEGER, NULL, 1, 1048576, {NULL}, "1024", NULL,
                          "rounds on their way from patch to correction; more wait at their patch"},
    [BRG_KEY_QEC_TRANSFER] = {"qec.transfer_error", BRG_TYPE_REAL, NULL, 0, 1, {NULL}, "0", NULL,
                              "depolarizing, of each move into or out of a patch"},
    [BRG_KEY_HOST] = {"host", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, NULL, "the host"},
    [BRG_KEY_HOST_CLOCK] = {"host.clock_mhz", BRG_TYPE_REAL, "MHz", 1e-3, 1e4, {NULL}, NULL, NULL,
                            "clock of its register bus, a multiple of 1 kHz; default: clock_mhz, "
                            "without a crossing"},
    [BRG_KEY_WORKLOAD] = {"workload", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, NULL,
                          "what is asked of the QRAM"},
    [BRG_KEY_QUERIES] = {"workload.queries", BRG_TYPE_INTEGER, NULL, 1, 65535, {NULL}, "1", NULL,
                         "queries one after the other"},
    [BRG_KEY_INPUT] = {"workload.input", BRG_TYPE_TEXT, NULL, 0, 0, {NULL}, "uniform", NULL,
                       "address register: `uniform`, or `basis:INDEX` with INDEX below 2^n"},
    [BRG_KEY_WORKLOAD_PROGRAM] = {"workload.program", BRG_TYPE_TEXT, NULL, 0, 0, {NULL}, NULL, NULL,
                                  "OpenQASM file to run noise.trajectories times as well, its one "
                                  "table on the controller; relative to the scenario, in --set to "
                                  "the current folder"},
    [BRG_KEY_NOISE] = {"noise", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, NULL,
                       "noise and how it is simulated"},
    [BRG_KEY_MODEL] = {"noise.model", BRG_TYPE_CHOICE, NULL, 0, 0,
                       LIST("timed", "per_slice", "none"), "timed", NULL, "noise model"},
    [BRG_KEY_NOISE_T1_NS] = {"noise.t1_ns", BRG_TYPE_REAL, "ns", 0, 1e18, {NULL}, NULL, NULL,
                             "timed: energy relaxation, 0 means none; default: the technology"},
    [BRG_KEY_NOISE_TPHI_NS] = {"noise.tphi_ns", BRG_TYPE_REAL, "ns", 0, 1e18, {NULL}, NULL, NULL,
                               "timed: pure dephasing, 0 means none; default: the technology"},
    [BRG_KEY_REGISTERS] = {"noise.registers", BRG_TYPE_CHOICE, NULL, 0, 0, LIST("noisy", "ideal"),
                           "noisy", NULL,
                           "timed: address and bus qubits outside the tree"},
    [BRG_KEY_GATE_ERROR] = {"noise.gate_error", BRG_TYPE_REAL, NULL, 0, 1, {NULL}, "0", NULL,
                            "depolarizing, per cell that a slice's operation touches"},
    [BRG_KEY_PER_SLICE] = {"noise.per_slice", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, "kind",
                           "the error of model per_slice"},
    [BRG_KEY_PER_SLICE_KIND] = {"noise.per_slice.kind", BRG_TYPE_CHOICE, NULL, 0, 0,
                                LIST("depolarizing", "x", "z", "phase", "shift", "damping"),
                                "depolarizing", NULL,
                                "x and z need two_level routers, phase and shift three_level"},
    [BRG_KEY_PROBABILITY] = {"noise.per_slice.probability", BRG_TYPE_REAL, NULL, 0, 1, {NULL},
                             "1e-4", NULL, "per tree cell and slice"},
    [BRG_KEY_METHOD] = {"noise.method", BRG_TYPE_CHOICE, NULL, 0, 0,
                        LIST("replay", "lockstep", "first_order"), "replay", NULL,
                        "how trajectories are made"},
    [BRG_KEY_ENGINE] = {"noise.engine", BRG_TYPE_CHOICE, NULL, 0, 0,
                        LIST("full", "pruned", "dense", "density"), "pruned", NULL,
                        "state engine; dense is not built yet"},
    [BRG_KEY_TRAJECTORIES] = {"noise.trajectories", BRG_TYPE_INTEGER, NULL, 1, 1e9, {NULL}, "1000",
                              NULL, "noise trajectories"},
    [BRG_KEY_LOSS_DETECTION] = {"noise.loss_detection", BRG_TYPE_REAL, NULL, 0, 1, {NULL}, "0",
                                NULL,
                                "three_level: probability that the loss of a carrier is heralded; "
                                "queries in which one was seen are thrown away"},
    [BRG_KEY_ATTRIBUTION] = {"attribution", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, "method",
                             "what each stall cost in fidelity"},
    [BRG_KEY_ATTRIBUTION_METHOD] = {"attribution.method", BRG_TYPE_CHOICE, NULL, 0, 0,
                                    LIST("auto", "exact", "sampled", "none"), "auto", NULL,
                                    "auto: exact first-order weights where that is quick, else "
                                    "sampled"},
    [BRG_KEY_ATTRIBUTION_SAMPLES] = {"attribution.samples", BRG_TYPE_INTEGER, NULL, 16, 1e9, {NULL},
                                     "2000", NULL, "single faults that `sampled` draws"},
    [BRG_KEY_ATTRIBUTION_EVENTS] = {"attribution.events", BRG_TYPE_INTEGER, NULL, 0, 1000, {NULL}, "10",
                                    NULL, "costliest events in the result"},
    [BRG_KEY_SIMULATION] = {"simulation", BRG_TYPE_GROUP, NULL, 0, 0, {NULL}, NULL, NULL,
                            "how the hardware is simulated; results do not depend on it"},
    [BRG_KEY_SIMULATION_SKIP] = {"simulation.idle_skip", ON_OFF, "on", NULL,
                                 "jump over cycles in which nothing happens"},
    [BRG_KEY_SIMULATION_QUANTUM] = {"simulation.quantum_ns", BRG_TYPE_REAL, "ns", 0, 1e12, {NULL},
                                    "1000", NULL, "how far the RTL may run ahead of SystemC"},
    [BRG_KEY_SIMULATION_MODEL] = {"simulation.model", BRG_TYPE_CHOICE, NULL, 0, 0,
                                  LIST("auto", "machine"), "auto", NULL,
                                  "auto: the small model where no part needs the whole machine"},
};
/* clang-format on */

const brg_key *brg_key_at(brg_key_id id) {
    return &keys[id];
}

const brg_key *brg_key_find(const char *path) {
    for (size_t i = 0; i < BRG_KEY_COUNT; i++)
        if (strcmp(keys[i].path, path) == 0) return &keys[i];
    return NULL;
}

static void append(char *to, size_t size, const char *text) {
    const size_t length = strlen(to);
    if (length < size) snprintf(to + length, size - length, "%s", text);
}

/* True when `path` stands directly below `group` ("" is the top). */
static bool stands_below(const char *path, const char *group) {
    const size_t length = strlen(group);
    if (length == 0) return !strchr(path, '.');
    return strncmp(path, group, length) == 0 && path[length] == '.' &&
           !strchr(path + length + 1, '.');
}

static const char *last_word(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

void brg_key_list(const char *group, char *to, size_t size) {
    to[0] = '\0';
    for (size_t i = 0; i < BRG_KEY_COUNT; i++) {
        if (!stands_below(keys[i].path, group)) continue;
        if (to[0]) append(to, size, ", ");
        append(to, size, last_word(keys[i].path));
    }
}

void brg_key_accepts(const brg_key *key, char *to, size_t size) {
    to[0] = '\0';
    switch (key->type) {
        case BRG_TYPE_GROUP:
            append(to, size, "a mapping of ");
            brg_key_list(key->path, to + strlen(to), size - strlen(to));
            break;
        case BRG_TYPE_INTEGER:
            if (key->least == key->most) snprintf(to, size, "%.0f", key->least);
            /* 2^63-1 is not a double; its digits are written out. */
            else if (key->most > 9e18)
                snprintf(to, size, "an integer 0..9223372036854775807");
            else
                snprintf(to, size, "an integer %.0f..%.0f", key->least, key->most);
            break;
        case BRG_TYPE_REAL:
            snprintf(to, size, "a number %.10g..%.10g%s%s", key->least, key->most,
                     key->unit ? " " : "", key->unit ? key->unit : "");
            break;
        case BRG_TYPE_CHOICE:
            for (size_t i = 0; key->choices[i]; i++) {
                if (i) append(to, size, ", ");
                append(to, size, key->choices[i]);
            }
            break;
        case BRG_TYPE_TEXT:
            append(to, size, "text");
            break;
        case BRG_TYPE_LIST:
            snprintf(to, size, "a list of up to %d integers %.0f..%.0f", BRG_MAX_LIST, key->least,
                     key->most);
            break;
    }
}

bool brg_parse_integer(const char *text, uint64_t *out, bool *overflow) {
    uint64_t value = 0;
    *overflow = false;
    if (!*text || (text[0] == '0' && text[1])) return false;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9') return false;
        const uint64_t digit = (uint64_t)(*p - '0');
        if (value > (UINT64_MAX - digit) / 10) *overflow = true;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

static const char *skip_digits(const char *p) {
    while (*p >= '0' && *p <= '9') p++;
    return p;
}

bool brg_parse_real(const char *text, double *out) {
    const char *p = text;
    if (*p == '-') p++;
    const char *whole = p;
    p = skip_digits(p);
    if (p == whole || (whole[0] == '0' && p - whole > 1)) return false;
    if (*p == '.') {
        const char *fraction = ++p;
        p = skip_digits(p);
        if (p == fraction) return false;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        if (*p == '+' || *p == '-') p++;
        const char *exponent = p;
        p = skip_digits(p);
        if (p == exponent) return false;
    }
    if (*p) return false;
    errno = 0;
    *out = strtod(text, NULL); /* overflow gives an infinity, which no range holds */
    /* Underflow would pass for 0, which often means "none". */
    if (errno == ERANGE && fabs(*out) < 1) *out = NAN;
    return true;
}

static int parse_integer(const brg_key *key, const char *text, brg_value *out, char *why,
                         size_t size) {
    bool overflow;
    const bool negative = text[0] == '-';
    if (!brg_parse_integer(negative ? text + 1 : text, &out->integer, &overflow)) {
        snprintf(why, size, "'%.40s' is not an integer", text);
        return BRG_EINPUT;
    }
    const uint64_t most = key->most > 9e18 ? INT64_MAX : (uint64_t)key->most;
    if (overflow || (negative && out->integer) || out->integer < (uint64_t)key->least ||
        out->integer > most) {
        snprintf(why, size, "%.40s%s is out of range", text, strlen(text) > 40 ? "..." : "");
        return BRG_EINPUT;
    }
    return BRG_OK;
}

int brg_key_parse_list(const brg_key *key, const char *text, uint64_t out[BRG_MAX_LIST],
                       size_t *count, char *why, size_t size) {
    const char *p = text;
    *count = 0;
    for (;;) {
        char word[48];
        brg_value value;
        p += strspn(p, " ");
        const size_t length = strcspn(p, ",");
        size_t used = length < sizeof word ? length : sizeof word - 1;
        while (used > 0 && p[used - 1] == ' ') used--;
        snprintf(word, sizeof word, "%.*s", (int)used, p);
        if (*count == BRG_MAX_LIST) {
            snprintf(why, size, "more than %d numbers", BRG_MAX_LIST);
            return BRG_EINPUT;
        }
        if (parse_integer(key, word, &value, why, size)) return BRG_EINPUT;
        out[(*count)++] = value.integer;
        if (!p[length]) return BRG_OK;
        p += length + 1;
    }
}

static int parse_list(const brg_key *key, const char *text, brg_value *out, char *why,
                      size_t size) {
    uint64_t numbers[BRG_MAX_LIST];
    size_t count = 0;
    const int status = brg_key_parse_list(key, text, numbers, &count, why, size);
    out->integer = count;
    return status;
}

int brg_key_parse(const brg_key *key, const char *text, bool plain, brg_value *out, char *why,
                  size_t size) {
    if (key->type == BRG_TYPE_TEXT) return BRG_OK;
    if (key->type == BRG_TYPE_GROUP) return BRG_EINVAL;
    if (plain && (!*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0)) {
        snprintf(why, size, "no value");
        return BRG_EINPUT;
    }
    if (key->type == BRG_TYPE_LIST) return parse_list(key, text, out, why, size);
    if (key->type == BRG_TYPE_CHOICE) {
        for (size_t i = 0; key->choices[i]; i++) {
            if (strcmp(key->choices[i], text)) continue;
            out->integer = i;
            return BRG_OK;
        }
        snprintf(why, size, "'%.40s' is not known", text);
        return BRG_EINPUT;
    }
    if (!plain) {
        snprintf(why, size, "a quoted text where a number is needed");
        return BRG_EINPUT;
    }
    if (key->type == BRG_TYPE_INTEGER) return parse_integer(key, text, out, why, size);
    if (!brg_parse_real(text, &out->real)) {
        snprintf(why, size, "'%.40s' is not a number", text);
        return BRG_EINPUT;
    }
    if (isnan(out->real)) {
        snprintf(why, size, "%.40s%s is too near to 0", text, strlen(text) > 40 ? "..." : "");
        return BRG_EINPUT;
    }
    if (!(out->real >= key->least && out->real <= key->most)) {
        snprintf(why, size, "%.40s%s is out of range", text, strlen(text) > 40 ? "..." : "");
        return BRG_EINPUT;
    }
    out->real += 0.0; /* -0 becomes 0 */
    return BRG_OK;
}

/* Levenshtein distance with neighbour swaps; words longer than the table count as far apart. */
static unsigned distance(const char *a, const char *b) {
    enum { MOST = 40 };
    const size_t m = strlen(a), n = strlen(b);
    unsigned d[MOST + 1][MOST + 1];
    if (m > MOST || n > MOST) return MOST;
    for (size_t i = 0; i <= m; i++) d[i][0] = (unsigned)i;
    for (size_t j = 0; j <= n; j++) d[0][j] = (unsigned)j;
    for (size_t i = 1; i <= m; i++) {
        for (size_t j = 1; j <= n; j++) {
            unsigned best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    }
    return d[m][n];
}

/* The key whose last word differs least, by at most a third of it; group NULL: of any group. */
static const brg_key *nearest_key(const char *word, const char *group) {
    const brg_key *best = NULL;
    unsigned least = group ? (unsigned)strlen(word) / 3 + 1 : 1;
    for (size_t i = 0; i < BRG_KEY_COUNT; i++) {
        if (group && !stands_below(keys[i].path, group)) continue;
        const unsigned d = distance(word, last_word(keys[i].path));
        if (d <= least && (!best || d < least)) best = &keys[i], least = d;
    }
    return best;
}

void brg_key_suggest(const char *path, char *to, size_t size) {
    char group[128] = "";
    const char *word = last_word(path);
    const size_t above = word > path ? (size_t)(word - path) - 1 : 0;
    if (above < sizeof group) snprintf(group, sizeof group, "%.*s", (int)above, path);
    const brg_key *best = nearest_key(word, group);
    /* The right word in the wrong group is the other common slip. */
    if (!best) best = nearest_key(word, NULL);
    snprintf(to, size, "%s", best ? best->path : "");
}
