// What a campaign does a thousand times a second, remembered. Only in `holdfast-prove`, never in the server.
//
// Most cases open a log that has the same signatures in most places. Verifying one takes longer than all else
// that opening does with it. So this stands in for libcrypto's EVP_DigestVerify: a triple of key, signature
// and message that libcrypto has found valid once is known by its SHA-256. A triple that is not known, or was
// not valid, goes to libcrypto every time: what is forged or damaged is judged by nobody else.
#define _GNU_SOURCE
// SHA-256 without an algorithm fetch, as the log store has it.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "CHoldfastProveMemory.h"

#include <dlfcn.h>
#include <malloc.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES = 32, SIGNATURE_BYTES = 64, SLOTS = 1 << 16 };

typedef int verify_function(EVP_MD_CTX *, const unsigned char *, size_t, const unsigned char *, size_t);

// The newest digest of each slot; a zero one is known to nobody.
static unsigned char known[SLOTS][SHA256_DIGEST_LENGTH];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic uint64_t remembered;
static verify_function *libcrypto_verify;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void find_libcrypto(void) {
    libcrypto_verify = (verify_function *)dlsym(RTLD_NEXT, "EVP_DigestVerify");
    if (!libcrypto_verify) abort();
}

uint64_t holdfast_prove_signatures_remembered(void) {
    return atomic_load_explicit(&remembered, memory_order_relaxed);
}

void holdfast_prove_keep_memory(void) {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    mallopt(M_TOP_PAD, 64 << 20);
}

// 0 if this is not an Ed25519 verification.
static int digest(EVP_MD_CTX *context, const unsigned char *signature, size_t signature_size,
                  const unsigned char *message, size_t message_size,
                  unsigned char result[SHA256_DIGEST_LENGTH]) {
    EVP_PKEY_CTX *key_context = EVP_MD_CTX_get_pkey_ctx(context);
    EVP_PKEY *key = key_context ? EVP_PKEY_CTX_get0_pkey(key_context) : NULL;
    unsigned char raw[KEY_BYTES];
    size_t raw_size = sizeof raw;
    if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519 || signature_size != SIGNATURE_BYTES) return 0;
    if (EVP_PKEY_get_raw_public_key(key, raw, &raw_size) != 1 || raw_size != KEY_BYTES) return 0;
    SHA256_CTX hasher;
    SHA256_Init(&hasher);
    // Key and signature have fixed sizes: no two triples are the same bytes.
    SHA256_Update(&hasher, raw, KEY_BYTES);
    SHA256_Update(&hasher, signature, SIGNATURE_BYTES);
    SHA256_Update(&hasher, message, message_size);
    SHA256_Final(result, &hasher);
    return 1;
}

int EVP_DigestVerify(EVP_MD_CTX *context, const unsigned char *signature, size_t signature_size,
                     const unsigned char *message, size_t message_size) {
    pthread_once(&once, find_libcrypto);
    unsigned char own[SHA256_DIGEST_LENGTH];
    if (!digest(context, signature, signature_size, message, message_size, own))
        return libcrypto_verify(context, signature, signature_size, message, message_size);
    unsigned char *slot = known[own[0] << 8 | own[1]];
    pthread_mutex_lock(&lock);
    int is_known = memcmp(slot, own, sizeof own) == 0;
    pthread_mutex_unlock(&lock);
    if (is_known) {
        atomic_fetch_add_explicit(&remembered, 1, memory_order_relaxed);
        return 1;
    }
    int answer = libcrypto_verify(context, signature, signature_size, message, message_size);
    if (answer == 1) {
        pthread_mutex_lock(&lock);
        memcpy(slot, own, sizeof own);
        pthread_mutex_unlock(&lock);
    }
    return answer;
}
