#include "support/nginx_server.hpp"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support/eventually.hpp"
#include "support/server_program.hpp"

namespace penstock::test {
namespace {

// @DIR@ and the ports are filled in. One process: it ends as one.
constexpr std::string_view kConfig = R"(
daemon off;
master_process off;
pid @DIR@/nginx.pid;
error_log stderr;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path @DIR@/temp;
  proxy_temp_path @DIR@/temp;
  fastcgi_temp_path @DIR@/temp;
  uwsgi_temp_path @DIR@/temp;
  scgi_temp_path @DIR@/temp;
  client_max_body_size 0;
  default_type text/plain;
  gzip on;
  gzip_types text/plain;
  gzip_min_length 1;
  server {
    listen 127.0.0.1:@PORT@;
    listen 127.0.0.1:@TLS_PORT@ ssl http2;
    ssl_certificate @DIR@/certificate.pem;
    ssl_certificate_key @DIR@/key.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:1m;
    location = /who { return 200 "$connection $connection_requests $server_protocol $ssl_session_reused"; }
    location = /empty { return 204; }
    location = /moved { return 302 /who; }
    location = /busy { add_header Retry-After 7 always; return 503; }
    location = /to { proxy_pass http://127.0.0.1:$arg_port/; }
    location /files/ { root @DIR@; dav_methods PUT; }
  }
  server {
    listen 127.0.0.1:@PROXY_PORT@;
    location / { proxy_pass http://$http_host$request_uri; add_header Via nginx; }
  }
}
)";

void replace_all(std::string& text, std::string_view what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), by);
  }
}

bool answers(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool connected =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return connected;
}

}  // namespace

NginxServer::NginxServer() : port_(free_port()), tls_port_(free_port()), proxy_port_(free_port()) {
  std::filesystem::create_directory(files());
  make_certificate();
  write_config();
  pid_ = start_program({"nginx", "-p", dir_.path(), "-c", dir_ / "nginx.conf", "-e", "stderr"},
                       dir_ / "nginx.log");
  wait_until_ready();
}

NginxServer::~NginxServer() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void NginxServer::make_certificate() const {
  const pid_t pid = start_program(
      {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
       "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
       "-keyout", dir_ / "key.pem", "-out", ca_file()},
      dir_ / "nginx.log");
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (status != 0) give_up();
}

void NginxServer::write_config() const {
  std::string config(kConfig);
  replace_all(config, "@DIR@", dir_.path());
  replace_all(config, "@PORT@", std::to_string(port_));
  replace_all(config, "@TLS_PORT@", std::to_string(tls_port_));
  replace_all(config, "@PROXY_PORT@", std::to_string(proxy_port_));
  std::ofstream(dir_ / "nginx.conf") << config;
}

void NginxServer::wait_until_ready() {
  const bool ready = eventually([this] {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
    return pid_ == 0 || (answers(port_) && answers(tls_port_) && answers(proxy_port_));
  });
  if (!ready || pid_ == 0) give_up();
}

void NginxServer::give_up() const {
  std::ostringstream told;
  told << "nginx does not answer:\n" << std::ifstream(dir_ / "nginx.log").rdbuf();
  throw std::runtime_error(told.str());
}

std::string NginxServer::http(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

std::string NginxServer::https(std::string_view path) const {
  return "https://localhost:" + std::to_string(tls_port_) + std::string(path);
}

std::string NginxServer::proxy() const {
  return "http://127.0.0.1:" + std::to_string(proxy_port_);
}

}  // namespace penstock::test
