#pragma once

/// Random numbers, error texts and names of certificates from OpenSSL. Any thread.

#include <string>
#include <vector>

struct x509_st;

namespace hardlink {

/// Makes OpenSSL read /dev/urandom if it finds no random numbers by itself: a container's filter
/// may refuse getrandom(2), and on kernels that have getrandom(2) OpenSSL tries nothing else. Call
/// this before any other function of OpenSSL. False if there is no /dev/urandom either.
[[nodiscard]] bool findRandomNumbers();

/// The reason of the first error in this thread's OpenSSL queue, or `otherwise` if the queue is
/// empty. Empties the queue.
[[nodiscard]] std::string opensslReason(const char* otherwise = "unknown");

/// Whether one of `names` is a subject alternative name of `certificate`. A DNS name, e-mail
/// address or URI must be the same text, an IP address the same address.
[[nodiscard]] bool hasAnyName(const x509_st& certificate, const std::vector<std::string>& names);

}  // namespace hardlink
