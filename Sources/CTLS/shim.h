#ifndef EXHIBIT_CTLS_SHIM_H
#define EXHIBIT_CTLS_SHIM_H

/* A narrow door to libssl: one handshake over memory, and what was seen of it. */

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define EXHIBIT_TLS_PROBLEMS 32

/* What happened on the way that the library does not keep. The SSL's application data points to it. */
typedef struct {
    int problems;
    int problem_codes[EXHIBIT_TLS_PROBLEMS];
    int problem_depths[EXHIBIT_TLS_PROBLEMS];
    /* The body of the server's first Certificate message as it came, with its 4 bytes of header. */
    unsigned char *certificates;
    size_t certificates_length;
    int certificates_version;
    /* -1 when there was none. */
    int alert_received;
    int alert_sent;
    int client_certificate_wanted;
} exhibit_tls_notes;

/* Notes what is wrong with the chain and goes on: whether it is right is told, and decides nothing. */
static inline int exhibit_tls_verify(int ok, X509_STORE_CTX *context) {
    SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
    exhibit_tls_notes *notes = ssl ? SSL_get_app_data(ssl) : NULL;
    if (!ok && notes && notes->problems < EXHIBIT_TLS_PROBLEMS) {
        notes->problem_codes[notes->problems] = X509_STORE_CTX_get_error(context);
        notes->problem_depths[notes->problems] = X509_STORE_CTX_get_error_depth(context);
        notes->problems++;
    }
    return 1;
}

static inline void exhibit_tls_message(
    int sent, int version, int type, const void *bytes, size_t length, SSL *ssl, void *argument) {
    exhibit_tls_notes *notes = argument;
    const unsigned char *data = bytes;
    (void)ssl;
    if (type == SSL3_RT_ALERT && length == 2) {
        /* close_notify is no failure. */
        if (data[1] != SSL_AD_CLOSE_NOTIFY) {
            if (sent) notes->alert_sent = data[1];
            else notes->alert_received = data[1];
        }
    } else if (type == SSL3_RT_HANDSHAKE && !sent && length >= 4) {
        if (data[0] == SSL3_MT_CERTIFICATE_REQUEST) notes->client_certificate_wanted = 1;
        if (data[0] == SSL3_MT_CERTIFICATE && !notes->certificates) {
            notes->certificates = malloc(length);
            if (notes->certificates) {
                memcpy(notes->certificates, data, length);
                notes->certificates_length = length;
                notes->certificates_version = version;
            }
        }
    }
}

static inline exhibit_tls_notes *exhibit_tls_notes_new(void) {
    exhibit_tls_notes *notes = calloc(1, sizeof *notes);
    if (notes) notes->alert_received = notes->alert_sent = -1;
    return notes;
}

static inline void exhibit_tls_notes_free(exhibit_tls_notes *notes) {
    if (notes) free(notes->certificates);
    free(notes);
}

/*
 * A client that talks to any server it can: every protocol and cipher that the library still has, as the point is to see what
 * is there. What a chain must have is asked for apart, at the level that Debian's own programs have (2: 112 bits).
 */
static inline SSL_CTX *exhibit_tls_context(size_t largest_chain) {
    SSL_CTX *context;
    /* What OPENSSL_CONF or the system's openssl.cnf says (modules to load, protocols, ciphers) must not change what is seen. */
    if (!OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL)) return NULL;
    context = SSL_CTX_new(TLS_client_method());
    if (!context) return NULL;
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, 0);
    SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
    SSL_CTX_set_max_cert_list(context, (long)largest_chain);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (!SSL_CTX_set_cipher_list(context, "ALL:!aNULL:!eNULL")) {
        SSL_CTX_free(context);
        return NULL;
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, exhibit_tls_verify);
    return context;
}

/* Trusts what stands in PEM, and nothing else; the number of certificates. */
static inline int exhibit_tls_trust(SSL_CTX *context, const void *pem, size_t length) {
    BIO *bio = length <= INT_MAX ? BIO_new_mem_buf(pem, (int)length) : NULL;
    int count = 0;
    X509 *certificate;
    if (!bio) return 0;
    while ((certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        count += X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate);
        X509_free(certificate);
    }
    ERR_clear_error();
    BIO_free(bio);
    return count;
}

/* A handshake over two memory BIOs, which the SSL owns. */
static inline SSL *exhibit_tls_new(SSL_CTX *context, exhibit_tls_notes *notes) {
    SSL *ssl = SSL_new(context);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    if (!ssl || !in || !out) {
        SSL_free(ssl);
        BIO_free(in);
        BIO_free(out);
        return NULL;
    }
    SSL_set_bio(ssl, in, out);
    SSL_set_connect_state(ssl);
    SSL_set_app_data(ssl, notes);
    SSL_set_msg_callback(ssl, exhibit_tls_message);
    SSL_set_msg_callback_arg(ssl, notes);
    SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
    X509_VERIFY_PARAM_set_auth_level(SSL_get0_param(ssl), 2);
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return ssl;
}

static inline int exhibit_tls_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

static inline int exhibit_tls_expect_address(SSL *ssl, const char *text) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), text);
}

static inline int exhibit_tls_put(SSL *ssl, const void *bytes, int count) {
    return BIO_write(SSL_get_rbio(ssl), bytes, count);
}

static inline int exhibit_tls_take(SSL *ssl, void *bytes, int count) {
    return BIO_read(SSL_get_wbio(ssl), bytes, count);
}

/* 1: complete; 0: it wants to read; -1: it failed. */
static inline int exhibit_tls_step(SSL *ssl) {
    int result;
    ERR_clear_error();
    result = SSL_do_handshake(ssl);
    if (result == 1) return 1;
    return SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ ? 0 : -1;
}

/* Whether what follows the handshake (tickets, a late alert) was taken; -1 when it was a fatal alert or nonsense. */
static inline int exhibit_tls_settle(SSL *ssl) {
    char byte;
    int result;
    ERR_clear_error();
    result = SSL_peek(ssl, &byte, 1);
    if (result > 0) return 0;
    result = SSL_get_error(ssl, result);
    return result == SSL_ERROR_WANT_READ || result == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

/* Why it failed, in the library's words; NULL when it has none. */
static inline const char *exhibit_tls_reason(void) {
    unsigned long error = ERR_peek_error();
    return error ? ERR_reason_error_string(error) : NULL;
}

static inline const char *exhibit_tls_group(SSL *ssl) {
    int nid = (int)SSL_get_negotiated_group(ssl);
    return nid == NID_undef || (nid & TLSEXT_nid_unknown) ? NULL : OBJ_nid2sn(nid);
}

static inline int exhibit_tls_verified_count(SSL *ssl) {
    STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
    return chain ? sk_X509_num(chain) : 0;
}

/* DER, to be freed with exhibit_tls_free; its length, or 0. */
static inline int exhibit_tls_verified(SSL *ssl, int index, unsigned char **bytes) {
    int length;
    *bytes = NULL;
    length = i2d_X509(sk_X509_value(SSL_get0_verified_chain(ssl), index), bytes);
    return length > 0 ? length : 0;
}

static inline void exhibit_tls_free(void *memory) {
    OPENSSL_free(memory);
}

static inline long exhibit_tls_staple(SSL *ssl, const unsigned char **bytes) {
    *bytes = NULL;
    return SSL_get_tlsext_status_ocsp_resp(ssl, bytes);
}

/* Seconds since 1970, or 0. */
static inline long long exhibit_tls_time(const ASN1_GENERALIZEDTIME *time) {
    struct tm parts;
    if (!time || !ASN1_TIME_to_tm(time, &parts)) return 0;
    return (long long)timegm(&parts);
}

/* What a stapled answer says of the first certificate in it: V_OCSP_CERTSTATUS_…; -1 when it says nothing of any. */
static inline int exhibit_tls_staple_status(
    const unsigned char *bytes, long count, long long *from, long long *until) {
    int status = -1;
    OCSP_RESPONSE *answer = d2i_OCSP_RESPONSE(NULL, &bytes, count);
    OCSP_BASICRESP *basic = NULL;
    *from = *until = 0;
    if (answer) basic = OCSP_response_get1_basic(answer);
    if (basic && OCSP_resp_count(basic) > 0) {
        ASN1_GENERALIZEDTIME *this_update = NULL, *next_update = NULL;
        status = OCSP_single_get0_status(OCSP_resp_get0(basic, 0), NULL, NULL, &this_update, &next_update);
        *from = exhibit_tls_time(this_update);
        *until = exhibit_tls_time(next_update);
    }
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(answer);
    ERR_clear_error();
    return status;
}

#endif
