/* The entry point is libFuzzer's, what it calls is in FuzzTargets. A program written in Swift would bring a second one. */
typedef int exhibit_fuzz;
