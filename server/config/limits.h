// Every default limit of the service, in one place: unit in the name, reason beside it. Those that
// a user may change are fields of Config with these defaults.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace oncegate::limits {

// ---- HTTP ----
inline constexpr std::size_t kBodyBytes = 16 * 1024 * 1024;  // Decompressed; a 10 MB value fits.
inline constexpr std::size_t kRecordsPerRequest = 10'000;
inline constexpr std::size_t kHeaderBytes = 16 * 1024;
inline constexpr std::size_t kHeaderCount = 100;
inline constexpr std::size_t kTargetBytes = 8 * 1024;  // RFC 9110 asks for 8,000 at least.
inline constexpr std::uint32_t kConnections = 20'000;
inline constexpr std::size_t kConnectionBufferBytes = 64 * 1024;  // Bounds trailers and pipelining.
inline constexpr std::chrono::milliseconds kHeaderTimeout{10'000};  // Absolute: slow clients.
inline constexpr std::chrono::milliseconds kBodyTimeout{60'000};
inline constexpr std::chrono::milliseconds kWriteTimeout{60'000};
inline constexpr std::chrono::milliseconds kIdleTimeout{75'000};
inline constexpr std::size_t kBodiesInFlightBytes = 512 * 1024 * 1024;  // Over all connections.

// ---- Records ----
inline constexpr std::size_t kKeyBytes = 1024;
inline constexpr std::size_t kIdBytes = 255;
inline constexpr std::size_t kProducerBytes = 255;
inline constexpr std::size_t kJsonDepth = 128;

// ---- Lanes ----
inline constexpr std::size_t kQueueBytesPerLane = 64 * 1024 * 1024;
inline constexpr std::size_t kGroupEvents = 10'000;  // Keeps a transaction under a second.
inline constexpr std::size_t kGroupBytes = 32 * 1024 * 1024;
inline constexpr std::size_t kRangesPerProducer = 256;  // 256 random clients needed 78.
inline constexpr std::uint32_t kLanesMax = 64;
inline constexpr std::chrono::milliseconds kRequestTimeout{10'000};
inline constexpr std::chrono::milliseconds kBackoffMin{50};
inline constexpr std::chrono::milliseconds kBackoffMax{5'000};
inline constexpr std::chrono::milliseconds kDrainTimeout{
    25'000};  // Below the usual 30 s of a kill.

// ---- Journal ----
inline constexpr std::uint64_t kJournalBytes = std::uint64_t{4} * 1024 * 1024 * 1024;
inline constexpr std::chrono::seconds kJournalAge{72 * 3600};        // A weekend without the sink.
inline constexpr std::size_t kJournalWriteBytes = 16 * 1024 * 1024;  // One fsync for so much.
inline constexpr std::size_t kJournalReadBytes = 1024 * 1024;
inline constexpr std::chrono::seconds kJournalGapPatience{30};

// ---- Streams and retention ----
inline constexpr std::size_t kStreams = 1'000;
inline constexpr std::chrono::seconds kProducerRetention{720 * 3600};
inline constexpr std::chrono::seconds kIdRetention{168 * 3600};
inline constexpr std::uint64_t kIds = 100'000'000;
inline constexpr std::chrono::seconds kFingerprintRetention{24 * 3600};
inline constexpr std::uint64_t kFingerprintBytes = std::uint64_t{4} * 1024 * 1024 * 1024;
inline constexpr std::uint64_t kSweepSlice = 1'000;  // Entries per transaction of an expiry sweep.
inline constexpr std::uint32_t kLettersPerCall = 1'000;            // Replayed or discarded at once.
inline constexpr std::size_t kLetterPageBytes = 16 * 1024 * 1024;  // Of values in one listing.
inline constexpr std::uint64_t kPurgeInline = 100'000;             // Beyond it a purge is a job.

}  // namespace oncegate::limits
