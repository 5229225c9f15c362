// Templates and the payloads that fill them: "TEMPLATE, a zero byte, PAYLOAD".
#include "fuzz.hpp"
#include "penstock/job/template.hpp"

using namespace penstock::job;
using penstock::fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto [text, payload] = penstock::fuzz::halves_of(penstock::fuzz::text_of(data, size));
  const auto parsed = Template::parse(text);
  if (!parsed) {
    expect(parsed.error().offset <= text.size() && !parsed.error().what.empty());
    return 0;
  }
  const auto job = parse_element(std::string(payload), "01JD0000000000000000000000");
  if (!job) return 0;
  const TemplateScope scope(*job, "queue");
  const auto rendered = parsed->render(scope);
  if (rendered) {
    expect(rendered->find('\0') == std::string::npos);
    expect(!parsed->is_constant() || text.find("{{") != text.npos || *rendered == text);
  } else {
    expect(!rendered.error().empty());
  }
  return 0;
}
