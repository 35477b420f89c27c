unit_test(config ROOM config/web
          SOURCES braces_test.cc duration_test.cc example_test.cc load_problems_test.cc load_test.cc
                  validate_test.cc web/web_file_test.cc yaml_tree_test.cc)
if(TARGET config_test)
  target_compile_definitions(config_test PRIVATE
    HARDLINK_EXAMPLE_CONFIG="${CMAKE_SOURCE_DIR}/config/hardlink_exporter.yml")
endif()
