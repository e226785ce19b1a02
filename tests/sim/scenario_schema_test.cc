// The schema is draft-07 in valijson's eyes, every shipped scenario keeps it, and reader and schema refuse the same
// texts.
#include "sim/scenario_schema.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "sim/scenario_reader.h"

namespace vivarium::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<fs::path> scenarios() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(VIVARIUM_SOURCE_DIR "/scenarios")) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".json") && !name.ends_with("schema.json")) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

class Peer {
 public:
  Peer() {
    json_ = Json::parse(scenario_schema_text());
    const valijson::adapters::NlohmannJsonAdapter adapter(json_);
    valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
    parser.populateSchema(adapter, schema_);
  }
  bool accepts(std::string_view text) {
    const Json value = Json::parse(text, nullptr, false, true);
    if (value.is_discarded()) return false;
    valijson::Validator validator(valijson::Validator::kStrongTypes);
    const valijson::adapters::NlohmannJsonAdapter adapter(value);
    return validator.validate(schema_, adapter, nullptr);
  }

 private:
  Json json_;
  valijson::Schema schema_;
};

TEST(ScenarioSchema, the_shipped_file_is_what_the_program_prints) {
  EXPECT_TRUE(text_of(VIVARIUM_SOURCE_DIR "/scenarios/scenario.schema.json") == scenario_schema_text())
      << "make it again: vivarium schema > scenarios/scenario.schema.json";
}

TEST(ScenarioSchema, every_scenario_keeps_it_and_teaches) {
  Peer peer;
  const auto files = scenarios();
  EXPECT_GE(files.size(), 21U);
  for (const fs::path& file : files) {
    const std::string text = text_of(file);
    EXPECT_TRUE(peer.accepts(text)) << file;
    const auto scenario = read_scenario(file.string(), text);
    ASSERT_TRUE(scenario) << scenario.error().front().to_string();
    EXPECT_GT(scenario->why.size(), 60U) << file;
    EXPECT_FALSE(scenario->actors.empty()) << file;
  }
}

TEST(ScenarioSchema, every_field_says_what_it_means) {
  int fields = 0;
  const auto visit = [&](auto& self, const nlohmann::ordered_json& schema) -> void {
    if (schema.contains("items")) self(self, schema["items"]);
    if (!schema.contains("properties")) return;
    for (const auto& [key, field] : schema["properties"].items()) {
      ++fields;
      EXPECT_GT(field.value("description", "").size(), 8U) << key;
      const std::string type = field.value("type", "");
      EXPECT_TRUE(type == "object" || field.contains("examples")) << key;
      self(self, field);
    }
  };
  visit(visit, scenario_schema());
  EXPECT_GT(fields, 50);
}

TEST(ScenarioSchema, examples_and_defaults_keep_it) {
  Peer peer;
  const auto& properties = scenario_schema()["properties"];
  const auto field = [&](const std::string& before, const std::string& after, const auto& fields) {
    for (const auto& [key, schema] : fields.items()) {
      std::vector<nlohmann::ordered_json> values;
      if (schema.contains("default")) values.push_back(schema["default"]);
      for (const auto& example : schema.value("examples", nlohmann::ordered_json::array())) values.push_back(example);
      for (const auto& value : values) {
        const std::string text = before + "\"" + key + "\": " + value.dump() + after;
        EXPECT_TRUE(peer.accepts(text)) << text;
      }
    }
  };
  field("{", "}", properties);
  for (const char* part : {"config", "network", "disk", "supervisor"})
    field("{\"" + std::string(part) + "\": {", "}}", properties[part]["properties"]);
  field("{\"clients\": [{", R"(, "actor": "lock"}]})", properties["clients"]["items"]["properties"]);
  field("{\"servers\": 5, \"faults\": [{", R"(, "what": "kill"}]})", properties["faults"]["items"]["properties"]);
}

TEST(ScenarioSchema, reader_and_schema_refuse_the_same) {
  Peer peer;
  const char* wrong[] = {
      R"({"server": 5})",
      R"({"servers": 0})",
      R"({"servers": 10000})",
      R"({"servers": "5"})",
      R"({"servers": 2.5})",
      R"({"duration": "-5s"})",
      R"({"duration": "0s"})",
      R"({"duration": 5})",
      R"({"duration": "5"})",
      R"({"duration": "1.5s"})",
      R"([])",
      R"("x")",
      R"({"config": []})",
      R"({"config": {"tick": "0ms"}})",
      R"({"config": {"forceSnap": 1}})",
      R"({"config": {"initialCounter": 4294967295}})",
      R"({"network": {"split": 101}})",
      R"({"network": {"split": "101%"}})",
      R"({"network": {"split": -1}})",
      R"({"disk": {"jitter": "0.5%"}})",
      R"({"disk": {"capacity": 5}})",
      R"({"config": {"groupCommit": 0}})",
      R"({"network": {"loss": "101%"}})",
      R"({"clients": [{}]})",
      R"({"clients": [{"actor": "Lock"}]})",
      R"({"clients": [{"actor": "lock", "servers": []}]})",
      R"({"clients": [{"actor": "lock", "count": 0}]})",
      R"({"clients": 5})",
      R"({"faults": [{}]})",
      R"({"faults": [{"what": "boom"}]})",
      R"({"faults": [{"what": []}]})",
      R"({"faults": [{"what": ["kill", "boom"]}]})",
      R"({"faults": [{"what": "kill", "who": "boss"}]})",
      R"({"faults": [{"what": "kill", "who": 0}]})",
      R"({"faults": [{"what": "kill", "who": []}]})",
      R"({"faults": [{"what": "kill", "when": "none"}]})",
      R"({"faults": [{"what": "kill", "at": "-1s"}]})",
      R"({"faults": [{"what": "kill", "every": "0s"}]})",
      R"({"faults": [{"what": "partition", "groups": [[1]]}]})",
      R"({"faults": [{"what": "partition", "groups": [[1], []]}]})",
      R"({"faults": [{"what": "clock-drift", "drift": "fast"}]})",
      R"({"faults": [{"what": "kill", "chance": "100.5%"}]})",
  };
  for (const char* text : wrong) {
    EXPECT_FALSE(peer.accepts(text)) << text;
    EXPECT_FALSE(read_scenario("x.json", text)) << text;
  }
  const char* right[] = {
      "{}",
      R"({"clients": [], "faults": []})",
      R"({"faults": [{"what": "kill", "who": [1, 3], "chance": "0.5%"}]})",
      R"({"network": {"split": "100.0%"}})",
      R"({"faults": [{"what": "clock-step", "step": "-1h"}]})",
      R"({"disk": {"jitter": "100%"}})",
      R"({"config": {"initialCounter": 4294967294}})",
  };
  for (const char* text : right) {
    EXPECT_TRUE(peer.accepts(text)) << text;
    const auto scenario = read_scenario("x.json", text);
    EXPECT_TRUE(scenario) << scenario.error().front().to_string();
  }
}

}  // namespace
}  // namespace vivarium::sim
