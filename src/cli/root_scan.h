#pragma once

#include "census/engine.h"
#include "config/types.h"
#include "report/report.h"
#include "scanner/survey.h"

namespace hardlink {

/// One census of `root`, now, as the only one there ever was: a failure is in the report's status.
/// Takes as long as surveyRoot().
[[nodiscard]] RootReport scanRoot(const RootConfig& root, const SurveySettings& settings,
                                  CensusProgress& progress);

}  // namespace hardlink
