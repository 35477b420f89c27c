// The protobuf format of Prometheus, the only one with native histograms. The numbers of fields are
// those of io/prometheus/client/metrics.proto in prometheus/client_model.

#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>

#include <cmath>
#include <iterator>

#include "exposition/metrics/family.h"

namespace hardlink {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;
using protozero::pbf_writer;

enum class Type : std::int32_t { counter = 0, gauge = 1, gauge_histogram = 5 };

Type typeOf(MetricType type) {
  switch (type) {
    case MetricType::Counter:
      return Type::counter;
    case MetricType::Histogram:
      return Type::gauge_histogram;
    default:
      return Type::gauge;
  }
}

namespace family_field {
constexpr protozero::pbf_tag_type kName = 1, kHelp = 2, kType = 3, kMetric = 4;
}
namespace metric_field {
constexpr protozero::pbf_tag_type kLabel = 1, kGauge = 2, kCounter = 3, kHistogram = 7;
}
namespace label_field {
constexpr protozero::pbf_tag_type kName = 1, kValue = 2;
}
namespace value_field {  // of a gauge or a counter
constexpr protozero::pbf_tag_type kValue = 1;
}
namespace histogram_field {
constexpr protozero::pbf_tag_type kSampleCount = 1, kSampleSum = 2, kBucket = 3, kSchema = 5,
                                  kZeroThreshold = 6, kZeroCount = 7, kPositiveSpan = 12,
                                  kPositiveDelta = 13;
}
namespace bucket_field {
constexpr protozero::pbf_tag_type kCumulativeCount = 1, kUpperBound = 2;
}
namespace span_field {
constexpr protozero::pbf_tag_type kOffset = 1, kLength = 2;
}

void addClassic(pbf_writer& histogram, const Histogram& value) {
  for (const auto& [bound, count] : classicBuckets(value)) {
    if (std::isinf(bound)) {
      continue;  // this one is the sample count
    }
    pbf_writer bucket(histogram, histogram_field::kBucket);
    bucket.add_uint64(bucket_field::kCumulativeCount, count);
    bucket.add_double(bucket_field::kUpperBound, bound);
  }
}

/// Adjacent buckets are a span, which begins `offset` buckets after the end of the one before; the
/// first one, after bucket 0.
void addSpans(pbf_writer& histogram, const std::vector<NativeCounts::Bucket>& buckets) {
  std::int32_t end = 0;  // of the last span
  for (auto at = buckets.begin(); at != buckets.end();) {
    const auto first = at;
    while (at != buckets.end() && at->index - first->index == at - first) {
      ++at;
    }
    pbf_writer span(histogram, histogram_field::kPositiveSpan);
    span.add_sint32(span_field::kOffset, first->index - end);
    span.add_uint32(span_field::kLength, static_cast<std::uint32_t>(at - first));
    end = std::prev(at)->index + 1;
  }
}

void addNative(pbf_writer& histogram, const NativeCounts& native) {
  histogram.add_sint32(histogram_field::kSchema, NativeCounts::kSchema);
  histogram.add_double(histogram_field::kZeroThreshold, NativeCounts::kZeroThreshold);
  histogram.add_uint64(histogram_field::kZeroCount, native.zeros());
  addSpans(histogram, native.buckets());
  std::int64_t last = 0;
  for (const NativeCounts::Bucket& bucket : native.buckets()) {
    const auto count = static_cast<std::int64_t>(bucket.count);
    histogram.add_sint64(histogram_field::kPositiveDelta, count - last);
    last = count;
  }
}

void addValue(pbf_writer& metric, const Family& family, std::size_t index, HistogramForm form) {
  const ClientMetric& value = family.model.metric[index];
  switch (family.model.type) {
    case MetricType::Counter:
      pbf_writer(metric, metric_field::kCounter)
          .add_double(value_field::kValue, value.counter.value);
      break;
    case MetricType::Histogram: {
      const Histogram& distribution = family.histograms[index];
      pbf_writer histogram(metric, metric_field::kHistogram);
      histogram.add_uint64(histogram_field::kSampleCount, distribution.count());
      histogram.add_double(histogram_field::kSampleSum, static_cast<double>(distribution.sum));
      if (form != HistogramForm::native) {
        addClassic(histogram, distribution);
      }
      if (form != HistogramForm::classic) {
        addNative(histogram, distribution.native);
      }
      break;
    }
    default:
      pbf_writer(metric, metric_field::kGauge).add_double(value_field::kValue, value.gauge.value);
  }
}

void addSeries(std::string& out, const Family& family, std::size_t index, HistogramForm form) {
  pbf_writer message(out);
  pbf_writer metric(message, family_field::kMetric);
  for (const ClientMetric::Label& label : family.model.metric[index].label) {
    pbf_writer pair(metric, metric_field::kLabel);
    pair.add_string(label_field::kName, label.name);
    pair.add_string(label_field::kValue, label.value);
  }
  addValue(metric, family, index, form);
}

void addHead(std::string& out, const Family& family) {
  pbf_writer message(out);
  message.add_string(family_field::kName, family.model.name);
  message.add_string(family_field::kHelp, family.model.help);
  message.add_enum(family_field::kType, static_cast<std::int32_t>(typeOf(family.model.type)));
}

}  // namespace

RenderedMetrics renderProtobuf(const Families& families, HistogramForm histograms) {
  Renderer out;
  for (const Family& family : families.list()) {
    if (family.model.metric.empty()) {
      continue;
    }
    const std::size_t begin = out.bytes().size();
    out.family(
        family, [&] { addHead(out.bytes(), family); },
        [&](std::size_t index) { addSeries(out.bytes(), family, index, histograms); });
    std::string length;
    protozero::write_varint(std::back_inserter(length), out.bytes().size() - begin);
    out.prepend(length);
  }
  RenderedMetrics rendered = std::move(out).take();
  rendered.delimited = true;
  return rendered;
}

}  // namespace hardlink
