#include "sinks/postgres/error.h"

#include <gtest/gtest.h>

namespace oncegate::postgres {
namespace {

PgError Error(const std::string& sqlstate) { return {sqlstate, "message", false}; }

TEST(PostgresError, OnlyWhatIsKnownToBeAboutARowIsADataError) {
  for (const char* sqlstate : {"22001", "22003", "22P02", "22P05", "23502", "23503", "23505",
                               "23514", "23P01", "44000", "54000", "54001", "P0001", "P0004"}) {
    EXPECT_TRUE(IsDataError(Error(sqlstate))) << sqlstate;
  }
  for (const char* sqlstate :
       {"", "08006", "0A000", "21000", "25006", "25P02", "26000", "40001", "42P01", "53100",
        "55P03", "57014", "57P01", "58030", "XX000", "XX001", "P0000", "U0001", "99999"}) {
    EXPECT_FALSE(IsDataError(Error(sqlstate))) << sqlstate;
  }
}

TEST(PostgresError, ALostConnectionIsNeverADataError) {
  const PgError lost{"22003", "message", true};
  EXPECT_FALSE(IsDataError(lost));
  EXPECT_EQ(ClassOf(lost), SinkErrorClass::kConnection);
}

TEST(PostgresError, EveryClassHasItsStates) {
  for (const char* sqlstate : {"40001", "40P01", "55P03", "57014"}) {
    EXPECT_EQ(ClassOf(Error(sqlstate)), SinkErrorClass::kRestart) << sqlstate;
  }
  for (const char* sqlstate : {"42P01", "42501", "42703", "42P10", "42804", "3F000"}) {
    EXPECT_EQ(ClassOf(Error(sqlstate)), SinkErrorClass::kStream) << sqlstate;
  }
  for (const char* sqlstate : {"", "08000", "08006", "25006", "53100", "53200", "53300", "57P01",
                               "57P02", "57P03", "58030", "XX000", "0A000", "26000", "99999"}) {
    EXPECT_EQ(ClassOf(Error(sqlstate)), SinkErrorClass::kConnection) << sqlstate;
  }
}

TEST(PostgresError, AFaultOfTheLedgerIsNotOneOfAStream) {
  EXPECT_EQ(ToLedgerError(Error("42P01")).error_class, SinkErrorClass::kConnection);
  EXPECT_EQ(ToLedgerError(Error("42501")).error_class, SinkErrorClass::kConnection);
  EXPECT_EQ(ToLedgerError(Error("40P01")).error_class, SinkErrorClass::kRestart);
  EXPECT_EQ(ToLedgerError(Error("42P01")).sqlstate, "42P01");
}

}  // namespace
}  // namespace oncegate::postgres
