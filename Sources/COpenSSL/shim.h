#ifndef EXHIBIT_COPENSSL_SHIM_H
#define EXHIBIT_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
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
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdint.h>

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
static const uint64_t exhibit_no_configuration = OPENSSL_INIT_NO_LOAD_CONFIG;
static const int exhibit_public_key_selection = EVP_PKEY_PUBLIC_KEY;
static const int exhibit_key_pair_selection = EVP_PKEY_KEYPAIR;

/* Names as RFC 2253 has them, control characters escaped, in UTF-8. */
static const unsigned long exhibit_name_flags = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;

/* Nor functions that are macros: stacks of certificates, which own what is in them. */
static inline STACK_OF(X509) *exhibit_x509_stack_new(void) {
    return sk_X509_new_null();
}

static inline int exhibit_x509_stack_push(STACK_OF(X509) *stack, X509 *certificate) {
    return sk_X509_push(stack, certificate);
}

static inline int exhibit_x509_stack_count(const STACK_OF(X509) *stack) {
    return sk_X509_num(stack);
}

static inline X509 *exhibit_x509_stack_value(const STACK_OF(X509) *stack, int index) {
    return sk_X509_value(stack, index);
}

static inline void exhibit_x509_stack_free(STACK_OF(X509) *stack) {
    sk_X509_pop_free(stack, X509_free);
}

/* Frees a stack that owns nothing. */
static inline void exhibit_x509_stack_free_shallow(STACK_OF(X509) *stack) {
    sk_X509_free(stack);
}

static inline void exhibit_free(void *memory) {
    OPENSSL_free(memory);
}

/* Swift does not see functions with variable arguments. */
static inline EVP_PKEY *exhibit_make_ed25519_key(void) {
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static inline EVP_PKEY *exhibit_make_ecdsa_key(const char *group) {
    return EVP_PKEY_Q_keygen(NULL, NULL, "EC", group);
}

static inline EVP_PKEY *exhibit_make_rsa_key(size_t bits) {
    return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits);
}

static inline EVP_PKEY *exhibit_make_x25519_key(void) {
    return EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
}

#endif
