# A room is one folder and one static library: every .cc directly in it. An empty room is an interface library, so that
# what depends on it can be configured before its first file stands.
function(viv_room name folder)
  cmake_parse_arguments(ROOM "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cc)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC vivarium_options ${ROOM_LINK})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE vivarium_options ${ROOM_LINK})
  endif()
endfunction()

# A program is one folder with a main.cc.
function(viv_program name folder)
  cmake_parse_arguments(PROGRAM "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cc)
  if(EXISTS ${CMAKE_SOURCE_DIR}/${folder}/main.cc)
    add_executable(${name} ${sources})
    target_link_libraries(${name} PRIVATE ${PROGRAM_LINK})
  endif()
endfunction()

# Two programs of one folder, whose files are compiled once.
function(viv_programs name other folder)
  cmake_parse_arguments(PROGRAM "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cc)
  add_library(${name}_objects OBJECT ${sources})
  target_link_libraries(${name}_objects PRIVATE ${PROGRAM_LINK})
  foreach(program ${name} ${other})
    add_executable(${program} $<TARGET_OBJECTS:${name}_objects>)
    target_link_libraries(${program} PRIVATE ${PROGRAM_LINK})
  endforeach()
endfunction()

# Optimizing templates that run for milliseconds is half of a test's compile time, and three quarters where sanitizers watch them;
# what they test is another object, at the level of its build.
set(viv_test_optimization $<IF:$<CONFIG:Debug>,-O0,-O1>)

# All *_test.cc of a folder are one test program, so that heavy headers are linked once.
function(viv_tests name folder)
  cmake_parse_arguments(TESTS "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*_test.cc ${CMAKE_SOURCE_DIR}/${folder}/*_support.cc)
  if(sources)
    add_executable(${name} ${sources})
    target_link_libraries(${name} PRIVATE ${TESTS_LINK} fmt::fmt rapidcheck GTest::gtest GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name} PRIVATE VIVARIUM_SOURCE_DIR="${CMAKE_SOURCE_DIR}" VIVARIUM_BINARY_DIR="${CMAKE_BINARY_DIR}")
    target_compile_options(${name} PRIVATE ${viv_test_optimization})
    # g++ 12 takes the small buffer of a std::string for all there is (gcc bug 105329's family), and from a precompiled header
    # it says so of its own headers.
    target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds>
      $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>)
    target_precompile_headers(${name} REUSE_FROM test_headers)
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600)
  endif()
endfunction()

# The sources that hold a switchable mistake, compiled once more with the switches; they stand before the libraries' own,
# which must be objects of their own for that.
set(viv_mistaken_sources core/zab/following core/zab/leading core/zab/leading_broadcast core/zab/history core/zab/vote
    core/node/deliveries core/node/handshake core/tree/apply sim/mistake)
list(TRANSFORM viv_mistaken_sources REPLACE "(.+)" "${CMAKE_SOURCE_DIR}/\\1.cc")
set_source_files_properties(${viv_mistaken_sources} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
function(viv_mistakes name)
  target_compile_definitions(${name} PRIVATE VIVARIUM_MUTANTS)
  target_sources(${name} PRIVATE ${viv_mistaken_sources})
endfunction()
