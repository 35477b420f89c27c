#pragma once

#include <string>
#include <vector>

struct x509_st;

namespace hardlink {

/// Whether `certificate` has one of `names` as subject alternative name: a DNS name, e-mail address
/// or URI to the letter, or an IP address however it is written.
[[nodiscard]] bool hasAnyName(const x509_st& certificate, const std::vector<std::string>& names);

}  // namespace hardlink
