#ifndef EXHIBIT_COPENSSL_SHIM_H
#define EXHIBIT_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

/*
 * SHA-256 through the low-level functions. OpenSSL 3 marks them deprecated in favour of EVP, but they run the same
 * assembly, and:
 *   - their state is a plain value: no allocation, copying it is the snapshot of a running hash, and they cannot fail;
 *   - a hash of 65 bytes (a Merkle node; a bundle has millions) is several times cheaper than with EVP's context and
 *     provider dispatch.
 * The deprecation is silenced here, and only for these three.
 */
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"

static inline void exhibit_sha256_init(SHA256_CTX *context) {
    (void)SHA256_Init(context); /* always 1 */
}

static inline void exhibit_sha256_update(SHA256_CTX *context, const void *bytes, size_t count) {
    (void)SHA256_Update(context, bytes, count); /* always 1 */
}

static inline void exhibit_sha256_final(unsigned char *digest, SHA256_CTX *context) {
    (void)SHA256_Final(digest, context); /* 1 unless md_len was tampered with */
}

#pragma clang diagnostic pop

/* Swift does not see macros that combine others. */
static const int exhibit_public_key_selection = EVP_PKEY_PUBLIC_KEY;
static const int exhibit_key_pair_selection = EVP_PKEY_KEYPAIR;

/* Swift does not see functions with variable arguments. */
static inline EVP_PKEY *exhibit_make_ed25519_key(void) {
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static inline EVP_PKEY *exhibit_make_x25519_key(void) {
    return EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
}

#endif
