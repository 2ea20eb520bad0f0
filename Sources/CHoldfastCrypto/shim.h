// OpenSSL 3 marks its direct SHA-256 functions as deprecated in favour of EVP, whose per-call
// overhead is larger than the hash of one small event. They are the same code underneath.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
