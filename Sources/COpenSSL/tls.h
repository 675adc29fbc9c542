// What TLS over a socket of the event loop needs: a BIO that knows when a socket is drained, and
// the function-like macros that Swift cannot see.
#pragma once
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

// What the BIO and the event loop tell each other about one socket.
struct attache_tls_io {
  int fd;
  int readable;       // a read may find something
  int writable;       // a write may find room
  int peer_finished;  // the end is behind the last byte, so a short read proves nothing
};

static inline int attache_bio_read(BIO *bio, char *to, int length) {
  struct attache_tls_io *io = (struct attache_tls_io *)BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (!io->readable) {
    BIO_set_retry_read(bio);
    return -1;
  }
  ssize_t got;
  do got = recv(io->fd, to, (size_t)length, 0);
  while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    io->readable = 0;
    BIO_set_retry_read(bio);
  } else if (got > 0 && got < length && !io->peer_finished) {
    io->readable = 0;
  }
  return (int)got;
}

static inline int attache_bio_write(BIO *bio, const char *from, int length) {
  struct attache_tls_io *io = (struct attache_tls_io *)BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (!io->writable) {
    BIO_set_retry_write(bio);
    return -1;
  }
  ssize_t put;
  do put = send(io->fd, from, (size_t)length, MSG_NOSIGNAL);
  while (put < 0 && errno == EINTR);
  if (put < length) io->writable = 0;
  if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) BIO_set_retry_write(bio);
  return (int)put;
}

static inline long attache_bio_control(BIO *bio, int command, long number, void *pointer) {
  (void)bio, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

static inline int attache_bio_create(BIO *bio) {
  BIO_set_init(bio, 1);
  return 1;
}

// The method of such BIOs; made once, by whoever makes the first context.
static inline BIO_METHOD *attache_bio_method_new(void) {
  BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "event loop");
  if (!method) return NULL;
  BIO_meth_set_read(method, attache_bio_read);
  BIO_meth_set_write(method, attache_bio_write);
  BIO_meth_set_ctrl(method, attache_bio_control);
  BIO_meth_set_create(method, attache_bio_create);
  return method;
}

// Gives a session its socket.
static inline int attache_tls_attach(SSL *ssl, BIO_METHOD *method, struct attache_tls_io *io) {
  BIO *bio = BIO_new(method);
  if (!bio) return 0;
  BIO_set_data(bio, io);
  SSL_set_bio(ssl, bio, bio);
  return 1;
}

static inline int attache_tls_set_min_version(SSL_CTX *context, int version) {
  return (int)SSL_CTX_set_min_proto_version(context, version);
}

// What every context wants: partial writes, little memory when idle, one read for a small record,
// no renegotiation, and an end without close_notify told apart from a clean one.
static inline void attache_tls_prepare(SSL_CTX *context) {
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_read_ahead(context, 1);
}

static inline long attache_tls_keep_sessions(SSL_CTX *context, int client) {
  return SSL_CTX_set_session_cache_mode(
      context, client ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL : SSL_SESS_CACHE_SERVER);
}

static inline int attache_tls_set_server_name(SSL *ssl, const char *name) {
  return (int)SSL_set_tlsext_host_name(ssl, name);
}

// The reason of the newest error of this thread, and the queue emptied.
static inline unsigned long attache_tls_take_error(void) {
  unsigned long last = ERR_peek_last_error();
  ERR_clear_error();
  return last;
}

static inline int attache_tls_on_server_name(SSL_CTX *context, int (*callback)(SSL *, int *, void *),
                                             void *argument) {
  SSL_CTX_set_tlsext_servername_arg(context, argument);
  return (int)SSL_CTX_set_tlsext_servername_callback(context, callback);
}
