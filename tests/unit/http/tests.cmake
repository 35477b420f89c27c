unit_test(http SOURCES access/authenticator_test.cc access/basic_credentials_test.cc
                       access/rate_limits_test.cc client.cc client/fetch_test.cc client/url_test.cc
                       clients_test.cc gzip_test.cc inflate.cc pages_test.cc parse_request_test.cc
                       server_test.cc sockets/client_limits_test.cc sockets/listen_test.cc
               ALONE server_test.cc
               RUNS asan tsan
               PRIVATE hardlink::http_client ZLIB::ZLIB Threads::Threads)
