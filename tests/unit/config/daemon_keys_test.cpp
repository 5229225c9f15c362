// The keys outside of queues.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "load.hpp"

namespace penstock::config {
namespace {

const std::string kQueue = "\nqueues: {q: {noop: {}}}\n";

// A file of this process alone, gone at the end.
class Secretive {
 public:
  explicit Secretive(const std::string& content)
      : path_("/tmp/penstock-config-test." + std::to_string(getpid())) {
    std::ofstream(path_) << content;
  }
  ~Secretive() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Loaded with_password_file(const std::string& path, Secrets secrets) {
  return load_text("f", "redis: {password_file: " + path + "}" + kQueue, {}, secrets);
}

TEST_CASE("a file that names queues alone has every default") {
  const Config config = loaded(kQueue);
  CHECK(config.redis.address.host == "127.0.0.1");
  CHECK(config.redis.address.port == 6379);
  CHECK(config.redis.database == 0);
  CHECK(config.redis.username.empty());
  CHECK(config.redis.password.empty());
  CHECK(config.redis.connect_timeout == 5s);
  CHECK(config.redis.retry.base == 100ms);
  CHECK(config.redis.retry.max == 5s);
  CHECK(config.redis.breaker.failures == 5);
  CHECK(config.redis.breaker.reset == 10s);
  CHECK(config.instance.empty());
  CHECK(config.concurrency == 50);
  CHECK(config.shutdown_timeout == 25s);
  CHECK(config.log.level == log::Level::kInfo);
  CHECK(config.log.format == log::Format::kAuto);
}

TEST_CASE("the daemon's keys are read") {
  const Config config = loaded(
      "instance: web:2\nconcurrency: 9\nshutdown_timeout: 1m\nlog: {level: warning, format: json}" +
      kQueue);
  CHECK(config.instance == "web:2");
  CHECK(config.concurrency == 9);
  CHECK(config.shutdown_timeout == 1min);
  CHECK(config.log.level == log::Level::kWarning);
  CHECK(config.log.format == log::Format::kJson);
}

TEST_CASE("the Redis of a URL is read") {
  const RedisConfig redis = loaded("redis: {url: 'redis://ada:s3cret@h:7000/2'}" + kQueue).redis;
  CHECK(redis.address.host == "h");
  CHECK(redis.address.port == 7000);
  CHECK(redis.database == 2);
  CHECK(redis.username == "ada");
  CHECK(redis.password.expose() == "s3cret");
}

TEST_CASE("a Redis behind a socket, its user and its pacing are read") {
  const RedisConfig redis = loaded(
                                "redis: {url: 'unix:///run/redis.sock?db=3', username: ada, "
                                "password: '${SET}', connect_timeout: 1s, "
                                "retry: {base: 1ms, max: 2s}, breaker: {failures: 2, reset: 3s}}" +
                                kQueue)
                                .redis;
  CHECK(redis.address.path == "/run/redis.sock");
  CHECK(redis.database == 3);
  CHECK(redis.username == "ada");
  CHECK(redis.password.expose() == "value");
  CHECK(redis.connect_timeout == 1s);
  CHECK(redis.retry.max == 2s);
  CHECK(redis.breaker.failures == 2);
  CHECK(redis.breaker.reset == 3s);
}

TEST_CASE("a password file is read without its line end") {
  const Secretive file("hunter2\r\n");
  const Loaded config = with_password_file(file.path(), Secrets::kRead);
  REQUIRE(config);
  CHECK(config->redis.password.expose() == "hunter2");
  CHECK(config->redis.password_file == file.path());
}

TEST_CASE("a password file that is empty is refused") {
  const Secretive file("\n");
  CHECK(with_password_file(file.path(), Secrets::kRead).error().at(0).message.contains("is empty"));
}

TEST_CASE("checking reads no secret, and needs none to be there") {
  const Secretive file("hunter2");
  CHECK(with_password_file(file.path(), Secrets::kCheck)->redis.password.empty());
  CHECK(with_password_file("/nonexistent/redis", Secrets::kCheck));
}

TEST_CASE("checking finds a secret that cannot be read") {
  if (geteuid() == 0) return;
  const Secretive file("hunter2");
  std::filesystem::permissions(file.path(), std::filesystem::perms::none);
  CHECK(with_password_file(file.path(), Secrets::kCheck)
            .error()
            .at(0)
            .message.contains("cannot be read"));
}

TEST_CASE("a complaint never shows what a secret holds") {
  for (const std::string& line :
       complaints("redis: {url: 'redis://:hunter2@h:x', password: [hunter2]}" + kQueue)) {
    CHECK_FALSE(line.contains("hunter2"));
  }
}

TEST_CASE("a complaint has file, line, column, key, what and the mend") {
  const Loaded config = load_text("penstock.yaml", "queues:\n  q: {noop: {}, timeout: 5}\n", {});
  REQUIRE_FALSE(config);
  CHECK(
      format(config.error().at(0)) ==
      "penstock.yaml:2:26: queues.q.timeout: a duration needs its unit: write 5s (or ms, m, h, d)");
}

}  // namespace
}  // namespace penstock::config
