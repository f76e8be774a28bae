// Carries the precompiled headers of the libraries; see Targets.cmake.
