// Any values in a histogram. In protobuf its exponential buckets, read back, have each value once,
// in the bucket that holds it.
//
// Each value has a byte that says how far it is shifted, a byte that says how often it is there,
// and four bytes.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <protozero/pbf_reader.hpp>
#include <protozero/varint.hpp>
#include <string>

#include "exposition/metrics/families.h"
#include "fuzz/require.h"

namespace hardlink {
namespace {

struct Values {
  BucketCounts counts{{1, 2, 10, 1000, 65000}};
  std::map<std::uint64_t, std::uint64_t> times;
};

Values valuesIn(const std::uint8_t* data, std::size_t size) {
  Values values;
  for (; size >= 6; data += 6, size -= 6) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, data + 2, sizeof bits);
    const std::uint64_t value = std::uint64_t{bits} << (data[0] % 33U);
    const std::uint64_t times = data[1];
    values.counts.add(value, times);
    values.times[value] += times;
  }
  return values;
}

struct Decoded {
  std::uint64_t count = 0;
  std::uint64_t zeros = 0;
  std::map<std::int32_t, std::uint64_t> buckets;  // by index
};

Decoded decoded(protozero::pbf_reader histogram) {
  Decoded result;
  std::vector<std::pair<std::int32_t, std::uint32_t>> spans;
  std::vector<std::int64_t> deltas;
  while (histogram.next()) {
    switch (histogram.tag()) {
      case 1:
        result.count = histogram.get_uint64();
        break;
      case 5:
        require(histogram.get_sint32() == 3, "the schema is 3");
        break;
      case 6:
        require(histogram.get_double() == 0x1p-128, "the zero bucket is narrow");
        break;
      case 7:
        result.zeros = histogram.get_uint64();
        break;
      case 12: {
        protozero::pbf_reader span = histogram.get_message();
        require(span.next(1), "a span has an offset");
        const std::int32_t offset = span.get_sint32();
        require(span.next(2), "a span has a length");
        spans.emplace_back(offset, span.get_uint32());
        break;
      }
      case 13:
        deltas.push_back(histogram.get_sint64());
        break;
      default:
        histogram.skip();
    }
  }
  std::int32_t index = 0;
  std::int64_t count = 0;
  auto delta = deltas.begin();
  for (const auto& [offset, length] : spans) {
    index += offset;
    for (std::uint32_t i = 0; i < length; ++i, ++index) {
      require(delta != deltas.end(), "a bucket has a count");
      count += *delta++;
      result.buckets[index] = static_cast<std::uint64_t>(count);
    }
  }
  require(delta == deltas.end(), "a count has a bucket");
  return result;
}

/// The histogram of the only series of hardlink_inode_links.
Decoded inodeLinksIn(const std::string& protobuf) {
  const char* at = protobuf.data();
  const char* const end = at + protobuf.size();
  while (at != end) {
    const std::uint64_t length = protozero::decode_varint(&at, end);
    protozero::pbf_reader family(at, length);
    at += length;
    require(family.next(1), "a family has a name");
    if (family.get_string() == "hardlink_inode_links") {
      require(family.next(4), "a family has a series");
      protozero::pbf_reader metric = family.get_message();
      require(metric.next(7), "the series is a histogram");
      return decoded(metric.get_message());
    }
  }
  require(false, "the histogram is there");
  return {};
}

void check(const Values& values, const Decoded& found) {
  std::map<std::int32_t, std::uint64_t> left = found.buckets;
  std::uint64_t count = found.zeros;
  for (const auto& entry : values.times) {
    const std::uint64_t value = entry.first;
    const std::uint64_t times = entry.second;
    if (value == 0) {
      require(found.zeros == times, "zeros are in the zero bucket");
      continue;
    }
    if (times == 0) {
      continue;
    }
    // log2() may be off by the last bit where a value is next to a bound.
    const long double exact = std::log2(static_cast<long double>(value)) * 8;
    const auto fits = [&](const auto& bucket) {
      return bucket.first >= exact - 1e-12L && bucket.first - 1 < exact + 1e-12L;
    };
    const auto at = std::find_if(left.begin(), left.end(), [&](const auto& bucket) {
      return fits(bucket) && bucket.second >= times;
    });
    require(at != left.end(), "a value is in the bucket that holds it");
    at->second -= times;
    count += times;
  }
  require(
      std::all_of(left.begin(), left.end(), [](const auto& bucket) { return bucket.second == 0; }),
      "no bucket has more than the values");
  require(count == found.count, "the count is that of all values");
}

}  // namespace
}  // namespace hardlink

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hardlink;  // NOLINT: nothing else is here
  const Values values = valuesIn(data, size);
  RootReport root;
  root.name = "a";
  Histogram& histogram = root.census.emplace().inode_links;
  histogram = {values.counts.bounds(), values.counts.cumulative(), values.counts.sum(),
               values.counts.native()};
  const Families families = metricFamilies(Report{{root}});
  check(values, inodeLinksIn(renderProtobuf(families, HistogramForm::native).bytes));
  check(values, inodeLinksIn(renderProtobuf(families, HistogramForm::both).bytes));
  return 0;
}
