// Elements of Redis: a job keeps the bytes it came from, and everything it names lies in them.
#include "fuzz.hpp"
#include "penstock/job/envelope.hpp"

using namespace penstock::job;
using penstock::fuzz::expect;

namespace {

bool within(const Span& span, const std::string& element) {
  return span.at <= element.size() && span.size <= element.size() - span.at;
}

void check(const Job& job, std::string_view element) {
  expect(job.element == element);
  expect(job.is_envelope || job.payload() == element);
  expect(within(job.payload_span, job.element) && within(job.errors_span, job.element));
  expect(!job.id.empty() && job.id.size() <= kMaxIdBytes);
  expect(job.context.size() <= kMaxContextFields);
  for (const ContextField& field : job.context) {
    expect(is_context_name(field.name));
    expect(context_variable(field.name).find('=') == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view element = penstock::fuzz::text_of(data, size);
  const auto job = parse_element(std::string(element), "01JD0000000000000000000000");
  if (job) {
    check(*job, element);
  } else {
    expect(job.error().element == element && !job.error().reason.empty());
  }
  return 0;
}
