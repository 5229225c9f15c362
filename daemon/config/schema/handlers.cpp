#include <utility>

#include "daemon/config/schema/fields.hpp"
#include "daemon/config/schema/schema.hpp"

namespace penstock::config {
namespace {

void read_program(const Scope& at, std::vector<job::Template>& into) {
  if (!as_string(at)) return;
  auto program = as_template(at);
  if (!program) return;
  if (!program->is_constant())
    return at.error("the program cannot come from the job: write its name out");
  into.push_back(std::move(*program));
}

void read_command(const Scope& at, std::vector<job::Template>& into) {
  if (at.node().kind == Node::Kind::kScalar) {
    return at.error(
        "expected a list: write [program, argument, …]; no shell reads it, so for one write [sh, "
        "-c, \"…\"]");
  }
  into.clear();
  bool first = true;
  for_each_item(at, "a list: [program, argument, …]", [&](const Scope& item) {
    if (std::exchange(first, false)) return read_program(item, into);
    if (auto argument = as_template(item)) into.push_back(std::move(*argument));
  });
  if (at.node().kind == Node::Kind::kList && first)
    at.error("is empty: write [program, argument, …]");
}

void read_env(const Scope& at, std::map<std::string, job::Template>& into) {
  for_each_entry(at, [&](const Scope& variable) {
    if (!is_variable_name(variable.name())) {
      return variable.key_error("is not a name for the environment: write letters, digits and _");
    }
    if (variable.name().starts_with("PENSTOCK_")) {
      return variable.key_error("PENSTOCK_… is set by Penstock itself: choose another name");
    }
    if (auto text = as_template(variable)) into.insert_or_assign(variable.name(), std::move(*text));
  });
}

void read_directory(const Scope& at, std::string& into) {
  if (auto path = as_path(at)) into = std::move(*path);
}

// The kernel counts whole seconds.
void read_cpu(const Scope& at, std::optional<std::uint64_t>& into) {
  const auto time = as_duration(at, 1s);
  if (time)
    into = static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(*time).count());
}

void read_limits(const Scope& at, process::Limits& into) {
  read_map(at, {{"memory", size(into.memory_bytes, 1U << 20U, 1ULL << 50U)},
                {"cpu", value(read_cpu, into.cpu_seconds)},
                {"files", integer(into.open_files, 3, 1 << 20)},
                {"processes", integer(into.processes, 1, 1 << 22)}});
}

void read_exec_keys(const Scope& at, ExecHandler& into) {
  read_map(at, {{"command", value(read_command, into.command)},
                {"env", value(read_env, into.env)},
                {"cwd", value(read_directory, into.cwd)},
                {"user", string(into.user)},
                {"limits", value(read_limits, into.limits)},
                {"grace", duration(into.grace, 0ms, 1h)}});
}

}  // namespace

void read_exec(const Scope& at, Handler& into) {
  if (!std::holds_alternative<ExecHandler>(into)) into = ExecHandler{};
  ExecHandler& exec = std::get<ExecHandler>(into);
  // The list alone is short for its key `command`.
  if (at.node().kind == Node::Kind::kMap) return read_exec_keys(at, exec);
  read_command(at, exec.command);
}

void read_noop(const Scope& at, Handler& into) {
  NoopHandler noop;
  read_map(at, {{"wait", duration(noop.wait, 0ms)}});
  into = noop;
}

}  // namespace penstock::config
