# The files in deploy/, tested by the programs that load them.
set(deploy ${CMAKE_SOURCE_DIR}/deploy)
program_test(deploy.rules_check promtool promtool check rules hardlink.rules.yml hardlink.alerts.yml)
program_test(deploy.rules promtool promtool test rules tests/alerts_test.yml tests/prediction_test.yml)
program_test(deploy.prometheus promtool promtool check config prometheus.yml)
program_test(deploy.alertmanager amtool amtool check-config ${deploy}/alertmanager/alertmanager.yml)
program_test(deploy.mixin_is_current jsonnet ${deploy}/mixin/generate.sh --check)
set_tests_properties(deploy.rules_check deploy.rules deploy.prometheus deploy.alertmanager
                     deploy.mixin_is_current PROPERTIES LABELS deploy)
add_test(NAME docs.runbook COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_runbook.py
                                   ${CMAKE_SOURCE_DIR})
set_tests_properties(docs.runbook PROPERTIES LABELS docs)
# The distribution's own interpreter: it sees the modules that scripts/deps.sh installs.
set(python /usr/bin/python3)
set(golden ${CMAKE_CURRENT_LIST_DIR}/golden)
add_test(NAME golden.promtool
         COMMAND ${python} ${golden}/promtool_check.py ${golden}/metrics.txt)
add_test(NAME golden.openmetrics
         COMMAND ${python} ${golden}/openmetrics_check.py ${golden}/metrics.openmetrics
                 ${golden}/metrics.txt)
add_test(NAME golden.protobuf
         COMMAND ${python} ${golden}/protobuf_check.py ${golden}/metrics.protobuf
                 ${golden}/metrics.openmetrics)
add_test(NAME docs.metrics
         COMMAND ${python} ${CMAKE_SOURCE_DIR}/tests/docs/metrics_doc_test.py
                 ${CMAKE_SOURCE_DIR}/docs/metrics.md ${golden}/metrics.txt
                 ${golden}/metrics.openmetrics)
set_tests_properties(golden.promtool golden.openmetrics golden.protobuf docs.metrics PROPERTIES LABELS docs TIMEOUT 60)
