# What is deployed beside the program: tested by the programs that load it.
set(deploy ${CMAKE_SOURCE_DIR}/deploy)
find_program(PROMTOOL promtool)
find_program(AMTOOL amtool)
find_program(JSONNET jsonnet)
if(PROMTOOL)
  add_test(NAME deploy.rules_check COMMAND ${PROMTOOL} check rules hardlink.rules.yml
                                           hardlink.alerts.yml
           WORKING_DIRECTORY ${deploy}/prometheus)
  add_test(NAME deploy.rules COMMAND ${PROMTOOL} test rules tests/alerts_test.yml
                                     tests/prediction_test.yml
           WORKING_DIRECTORY ${deploy}/prometheus)
  add_test(NAME deploy.prometheus COMMAND ${PROMTOOL} check config prometheus.yml
           WORKING_DIRECTORY ${deploy}/prometheus)
  set_tests_properties(deploy.rules_check deploy.rules deploy.prometheus PROPERTIES LABELS deploy)
endif()
if(AMTOOL)
  add_test(NAME deploy.alertmanager
           COMMAND ${AMTOOL} check-config ${deploy}/alertmanager/alertmanager.yml)
  set_tests_properties(deploy.alertmanager PROPERTIES LABELS deploy)
endif()
if(JSONNET)
  add_test(NAME deploy.mixin_is_current COMMAND ${deploy}/mixin/generate.sh --check)
  set_tests_properties(deploy.mixin_is_current PROPERTIES LABELS deploy)
endif()
add_test(NAME docs.runbook COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/check_runbook.py
                                   ${CMAKE_SOURCE_DIR})
set_tests_properties(docs.runbook PROPERTIES LABELS docs)
# The distribution's own interpreter: its packages are the ones that scripts/deps.sh installs.
set(python /usr/bin/python3)
set(golden ${CMAKE_CURRENT_LIST_DIR}/golden)
add_test(NAME golden.promtool
         COMMAND ${python} ${golden}/promtool_check.py ${golden}/metrics.txt)
add_test(NAME golden.openmetrics
         COMMAND ${python} ${golden}/openmetrics_check.py ${golden}/metrics.openmetrics
                 ${golden}/metrics.txt)
add_test(NAME docs.metrics
         COMMAND ${python} ${CMAKE_SOURCE_DIR}/tests/docs/metrics_doc_test.py
                 ${CMAKE_SOURCE_DIR}/docs/metrics.md ${golden}/metrics.txt
                 ${golden}/metrics.openmetrics)
set_tests_properties(golden.promtool golden.openmetrics docs.metrics PROPERTIES LABELS docs TIMEOUT 60)
