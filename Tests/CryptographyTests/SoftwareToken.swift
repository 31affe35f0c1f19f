import Testing

/// A FIDO token in software: a driver for OpenSSH with the interface of its `sk-api.h` (version 10), made from the
/// description in its PROTOCOL.u2f. It keeps the private key in the key handle, which a real one would not, and refuses
/// when a file `untouched` lies beside it.
enum SoftwareToken {
    static var compiler: String? { StockTool.find("cc", "clang", "gcc") }

    /// The path of the driver.
    static func compile(in folder: TemporaryFolder) throws -> String {
        guard let compiler else { throw StockTool.Failure(reason: "there is no C compiler") }
        let source = try folder.write(
            Array(source.replacing("UNTOUCHED", with: folder.path("untouched")).utf8), as: "token.c")
        let driver = folder.path("token.so")
        let outcome = try StockTool.run(
            program: compiler, ["-shared", "-fPIC", "-o", driver, source, "-lcrypto"], in: folder,
            environment: ["PATH": "/usr/bin:/bin"])
        guard outcome.status == 0 else { throw StockTool.Failure(reason: outcome.errors) }
        return driver
    }

    private static let source = #"""
        #include <openssl/ec.h>
        #include <openssl/evp.h>
        #include <openssl/sha.h>
        #include <stdint.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>

        struct sk_option;

        struct sk_enroll_response {
            uint8_t flags;
            uint8_t *public_key;
            size_t public_key_len;
            uint8_t *key_handle;
            size_t key_handle_len;
            uint8_t *signature;
            size_t signature_len;
            uint8_t *attestation_cert;
            size_t attestation_cert_len;
            uint8_t *authdata;
            size_t authdata_len;
        };

        struct sk_sign_response {
            uint8_t flags;
            uint32_t counter;
            uint8_t *sig_r;
            size_t sig_r_len;
            uint8_t *sig_s;
            size_t sig_s_len;
        };

        enum { ecdsa = 0, ed25519 = 1, refused = -1, unsupported = -2 };

        uint32_t sk_api_version(void) { return 0x000a0000; }

        int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len, const char *application,
                      uint8_t flags, const char *pin, struct sk_option **options, struct sk_enroll_response **answer) {
            struct sk_enroll_response *made = calloc(1, sizeof *made);
            made->flags = flags;
            if (alg == ed25519) {
                EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
                made->public_key_len = made->key_handle_len = 32;
                made->public_key = malloc(32);
                made->key_handle = malloc(32);
                EVP_PKEY_get_raw_public_key(key, made->public_key, &made->public_key_len);
                EVP_PKEY_get_raw_private_key(key, made->key_handle, &made->key_handle_len);
            } else if (alg == ecdsa) {
                EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
                made->public_key = malloc(65);
                EVP_PKEY_get_octet_string_param(key, "pub", made->public_key, 65, &made->public_key_len);
                unsigned char *der = NULL;
                int count = i2d_PrivateKey(key, &der);
                made->key_handle = malloc(count);
                made->key_handle_len = count;
                memcpy(made->key_handle, der, count);
            } else {
                return unsupported;
            }
            made->signature = calloc(1, 1);
            made->signature_len = 1;
            *answer = made;
            return 0;
        }

        int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application,
                    const uint8_t *key_handle, size_t key_handle_len, uint8_t flags, const char *pin,
                    struct sk_option **options, struct sk_sign_response **answer) {
            if (access("UNTOUCHED", F_OK) == 0) return refused;
            struct sk_sign_response *made = calloc(1, sizeof *made);
            made->flags = flags & 0x05;
            made->counter = 0x01020304;
            /* SHA-256 of the application, flags, counter, SHA-256 of the data. */
            unsigned char bytes[69];
            SHA256((const unsigned char *)application, strlen(application), bytes);
            bytes[32] = made->flags;
            memcpy(bytes + 33, "\1\2\3\4", 4);
            SHA256(data, data_len, bytes + 37);
            EVP_MD_CTX *context = EVP_MD_CTX_new();
            if (alg == ed25519) {
                EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key_handle, key_handle_len);
                made->sig_r = malloc(64);
                made->sig_r_len = 64;
                if (EVP_DigestSignInit(context, NULL, NULL, NULL, key) != 1 ||
                    EVP_DigestSign(context, made->sig_r, &made->sig_r_len, bytes, 69) != 1)
                    return refused;
            } else {
                const unsigned char *position = key_handle;
                EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &position, key_handle_len);
                unsigned char der[80];
                size_t count = sizeof der;
                if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
                    EVP_DigestSign(context, der, &count, bytes, 69) != 1)
                    return refused;
                position = der;
                ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &position, count);
                made->sig_r = malloc(32);
                made->sig_s = malloc(32);
                made->sig_r_len = BN_bn2bin(ECDSA_SIG_get0_r(pair), made->sig_r);
                made->sig_s_len = BN_bn2bin(ECDSA_SIG_get0_s(pair), made->sig_s);
            }
            *answer = made;
            return 0;
        }

        int sk_load_resident_keys(const char *pin, struct sk_option **options, void *keys, size_t *count) {
            return unsupported;
        }
        """#
}
