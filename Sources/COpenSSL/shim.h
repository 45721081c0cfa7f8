#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// What is a macro in OpenSSL 1.1.1 or 3, and so out of Swift's sight.

static inline int shim_require_tls_1_2(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

static inline void shim_forbid_renegotiation(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
}

static inline void shim_read_ahead(SSL_CTX *context) {
    SSL_CTX_set_read_ahead(context, 1);
}

static inline int shim_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

// Another name in OpenSSL 3; says only whether there is one.
static inline int shim_has_peer_certificate(SSL *ssl) {
    X509 *certificate = SSL_get_peer_certificate(ssl);
    X509_free(certificate);
    return certificate != NULL;
}

static inline int shim_error_reason(unsigned long code) {
    return ERR_GET_REASON(code);
}

// A certificate and a key that do not belong together are told so already while the key is loaded.
static inline int shim_is_key_mismatch(unsigned long code) {
    return ERR_GET_LIB(code) == ERR_LIB_X509 &&
           (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH || ERR_GET_REASON(code) == X509_R_KEY_TYPE_MISMATCH);
}

static inline void shim_clear_retry(BIO *bio) {
    BIO_clear_retry_flags(bio);
}

static inline void shim_retry_read(BIO *bio) {
    BIO_set_retry_read(bio);
}

static inline void shim_retry_write(BIO *bio) {
    BIO_set_retry_write(bio);
}
