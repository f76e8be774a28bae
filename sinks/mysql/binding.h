// What libmariadb reads the parameters of a statement from, and writes the columns of a result to.
// Each lives on the stack of one call.
#pragma once

#include <mysql.h>

#include <string>
#include <vector>

#include "sinks/mysql/parameters.h"
#include "sinks/mysql/query_rows.h"

namespace oncegate::mysql {

class ParameterBinding {
 public:
  explicit ParameterBinding(const Parameters& parameters);

  MYSQL_BIND* binds() { return binds_.data(); }

 private:
  std::vector<MYSQL_BIND> binds_;
  std::vector<MYSQL_TIME> times_;
};

class ResultBinding {
 public:
  /// See Statement::columns.
  explicit ResultBinding(const std::string& columns);
  ResultBinding(const ResultBinding&) = delete;
  ResultBinding& operator=(const ResultBinding&) = delete;

  MYSQL_BIND* binds() { return binds_.data(); }
  /// Takes over the row that was fetched; false if the driver failed.
  bool AppendTo(MYSQL_STMT* statement, std::vector<Field>* fields);

 private:
  static constexpr std::size_t kInlineBytes = 256;  // More is fetched a second time.
  struct Column {
    char bytes[kInlineBytes];
    long long number = 0;
    unsigned long size = 0;
    my_bool is_null = 0;
    my_bool is_cut = 0;
  };

  std::vector<MYSQL_BIND> binds_;
  std::vector<Column> columns_;
};

}  // namespace oncegate::mysql
