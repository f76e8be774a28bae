// How a transaction of a group begins, as SQL. READ COMMITTED, so that every statement reads what
// is committed by then; synchronous_commit on, so that a COMMIT that is answered is on disk;
// constraints immediate, so that a row that breaks a deferred one shows at its statement and not at
// COMMIT.
#pragma once

namespace oncegate::postgres {

/// Sent together with the first statement of the transaction.
inline constexpr const char* kBegin[] = {
    "BEGIN ISOLATION LEVEL READ COMMITTED",
    "SET LOCAL synchronous_commit = on",
    "SET CONSTRAINTS ALL IMMEDIATE",
};

/// The same after what came before is taken back.
inline constexpr char kBeginAgain[] =
    "ROLLBACK;"
    "BEGIN ISOLATION LEVEL READ COMMITTED;"
    "SET LOCAL synchronous_commit = on;"
    "SET CONSTRAINTS ALL IMMEDIATE";

}  // namespace oncegate::postgres
