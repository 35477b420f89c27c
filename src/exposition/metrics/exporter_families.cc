#include "exposition/metrics/families.h"
#include "exposition/metrics/metric_series.h"

namespace hardlink {

Families exporterFamilies(const ReloadStatus& reload, const BuildInfo& build) {
  constexpr auto kGauge = prometheus::MetricType::Gauge;
  MetricSeries successful(MetricGroup::roots, "hardlink_config_last_reload_successful",
                          "Whether the configuration was loaded the last time that was tried.",
                          kGauge);
  successful.add({}, reload.successful);
  MetricSeries timestamp(MetricGroup::roots,
                         "hardlink_config_last_reload_success_timestamp_seconds",
                         "When the configuration in use was loaded, in Unix time.", kGauge);
  timestamp.add({}, reload.last_success);
  MetricSeries interval(MetricGroup::roots, "hardlink_scan_interval_seconds",
                        "The configured time between the censuses of a root.", kGauge);
  if (reload.scan_interval) {
    interval.add({}, std::chrono::duration<double>(*reload.scan_interval).count());
  }
  MetricSeries info(MetricGroup::roots, "hardlink_exporter_build_info",
                    "What the exporter was built from; always 1.", kGauge);
  info.add({{"version", build.version},
            {"revision", build.revision},
            {"compiler", build.compiler},
            {"platform", build.platform}},
           1.0);
  std::vector<Family> families;
  families.push_back(std::move(successful).take());
  families.push_back(std::move(timestamp).take());
  families.push_back(std::move(interval).take());
  families.push_back(std::move(info).take());
  return Families(std::move(families));
}

}  // namespace hardlink
